"""Files of YAML to a config as written: every problem at once, each with its place."""

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

from filterdns.blocklists.catalog import Catalog, load_catalog
from filterdns.config.compile import compile_config
from filterdns.config.include import Trees, gather
from filterdns.config.model import Config, Document
from filterdns.config.places import Places, Problems
from filterdns.config.presets import add_presets
from filterdns.config.validation import validate
from filterdns.config.values import ValueReader
from filterdns.errors import ConfigError, Problem


def load(
    path: Path,
    environment: Mapping[str, str],
    catalog: Catalog | None = None,
    trees: Trees | None = None,
) -> Config:
    """Return the config in *path* and what it includes; *environment* answers `!env`.

    *trees* knows the files that were read before. Raises `ConfigError`. Where the files are YAML
    but not a right config, it holds what compiling would complain of as well: words of the
    *catalog* (by default the one that ships), references.
    """
    tree, files = gather(path, trees or Trees())
    problems = Problems(Places(path.name))
    reader = ValueReader(problems, path.parent, environment)
    values = reader.read(tree, ())
    add_presets(values, reader)
    document, left_out = validate(values, problems)
    if document is None:
        raise ConfigError(problems.in_order())
    config = Config(document, problems.places, path, files, _digest(document), left_out)
    if problems.in_order():
        problems.extend(_later_problems(config, catalog or load_catalog()))
        raise ConfigError(problems.in_order())
    return config


def _later_problems(config: Config, catalog: Catalog) -> tuple[Problem, ...]:
    try:
        compile_config(config, catalog)
    except ConfigError as error:
        return error.problems
    return ()


def _digest(document: Document) -> str:
    text = document.model_dump_json(by_alias=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()
