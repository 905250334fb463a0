"""The page docs/presets.md: what stands around the table by hand, the table from the presets."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from filterdns.blocklists.ages import AGE_GROUPS, AgeDefault
from filterdns.blocklists.catalog import Catalog, CatalogCategory, load_catalog
from filterdns.config.presets import PRESETS, presets_path
from filterdns.config.vocabulary import BYPASS_WORDS

BEGIN: Final = "<!-- from blocklists/presets.yaml: python -m filterdns.config.presets_page -->"
END: Final = "<!-- to here -->"

_SAFE_SEARCH: Final = {"search": "Safe search of search engines", "youtube": "That of YouTube"}
_WORDS: Final = {
    AgeDefault.RESTRICTED: "safe mode",
    AgeDefault.TIMETABLE: "some hours",
    AgeDefault.ALLOW: "open",
}


def with_table(page: str, catalog: Catalog) -> str:
    """Return *page*, docs/presets.md, with the table as it has to be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join((f"{before}{BEGIN}", *_table(catalog), f"{END}{after}"))


def _table(catalog: Catalog) -> Iterator[str]:
    with presets_path().open(encoding="utf-8") as file:
        policies = yaml.load(file, yaml.BaseLoader)["policies"]  # noqa: S506 - makes texts alone
    yield f"| | {' | '.join(PRESETS)} | |"
    yield f"|---|{'---|' * len(PRESETS)}---|"
    for category in catalog.categories.values():
        cells = [_cell(category, policies[preset], preset) for preset in PRESETS]
        is_alone = category.starter is None and category.id not in BYPASS_WORDS
        note = "needs a list" if is_alone else ""
        yield f"| {category.title} | {' | '.join(cells)} | {note} |"
    for kind, title in _SAFE_SEARCH.items():
        modes = [policies[preset].get("safe_search", {}).get(kind, "off") for preset in PRESETS]
        yield f"| {title} | {' | '.join(modes)} |  |"


def _cell(category: CatalogCategory, policy: Mapping[str, Any], preset: str) -> str:
    if category.id in policy["block"] or policy["bypass"].get(category.id) == "block":
        return "closed"
    proposed = category.ages[preset] if preset in AGE_GROUPS else AgeDefault.ALLOW
    return _WORDS.get(proposed, "open")


if __name__ == "__main__":
    _PAGE = Path(__file__).parents[2] / "docs" / "presets.md"
    _PAGE.write_text(with_table(_PAGE.read_text(encoding="utf-8"), load_catalog()), "utf-8")
