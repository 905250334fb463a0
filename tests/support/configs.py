"""Configs in a few lines, written, read and compiled; and what is said about wrong ones."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from filterdns.blocklists.catalog import Catalog, load_catalog
from filterdns.config.compile import Compiled, compile_config
from filterdns.config.load import load
from filterdns.errors import ConfigError

HEAD = "timezone: Europe/Berlin\nupstreams: {servers: [127.0.0.1:5353]}\n"


@cache
def catalog() -> Catalog:
    return load_catalog()


def compiled(
    folder: Path, body: str, environment: Mapping[str, str] | None = None, **others: str
) -> Compiled:
    """Compile the config of `HEAD` and *body*, which begins in line 3.

    *others* lie beside it: `a` is the content of `a.yaml`, `conf_a` that of `conf.d/a.yaml`.
    """
    for name, text in others.items():
        path = folder / f"{name.replace('conf_', 'conf.d/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    path = folder / "config.yaml"
    path.write_text(HEAD + body)
    return compile_config(load(path, environment or {}, catalog()), catalog())


def complaints(
    folder: Path, body: str, environment: Mapping[str, str] | None = None, **others: str
) -> list[str]:
    """Return the lines that are said about such a config, none where it is right."""
    try:
        compiled(folder, body, environment, **others)
    except ConfigError as error:
        return str(error).splitlines()
    return []
