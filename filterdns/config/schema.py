"""The JSON Schema of the config, for editors that check and complete while one types."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from filterdns.config.model import Document
from filterdns.config.units import write_duration, write_size

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema of a config file. Durations and sizes are texts in it, as in the file."""
    return {"$schema": DRAFT, "title": "filterdns", **_tidy(Document.model_json_schema())}


def schema_text() -> str:
    """Return the schema as docs/config.schema.json holds it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


_WRITERS: Final[Mapping[str, Callable[[int], str]]] = {
    "duration text": write_duration,
    "size text": write_size,
}


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* without what pydantic adds for itself: titles, and null for keys left out."""
    tidy = {key: value for key, value in schema.items() if key not in ("title", "default")}
    for names in ("properties", "$defs"):
        if names in tidy:
            tidy[names] = {name: _tidy(value) for name, value in tidy[names].items()}
    for inner in ("items", "additionalProperties"):
        if isinstance(tidy.get(inner), dict):
            tidy[inner] = _tidy(tidy[inner])
    choices = [_tidy(each) for each in tidy.pop("anyOf", ()) if each.get("type") != "null"]
    if len(choices) == 1:
        tidy |= choices[0]
    elif choices:
        tidy["anyOf"] = choices
    default = schema.get("default")
    if default is not None:
        write = _WRITERS.get(tidy.get("format", ""))
        tidy["default"] = write(default) if write else default
    return tidy


if __name__ == "__main__":
    print(schema_text(), end="")  # noqa: T201 - the file in docs/ is what this prints
