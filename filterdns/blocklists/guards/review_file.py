"""The file of reviews: decisions of adults, and names that wait for one."""

import json
from pathlib import Path

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.guards.reviews import Reviews
from filterdns.errors import BlocklistError

FILE = "reviews.json"


def load_reviews(folder: Path) -> Reviews:
    """Return the reviews in *folder*, none where there is no file.

    Raises `BlocklistError` where it is damaged: a decision that is lost must not go unnoticed.
    """
    path = folder / FILE
    try:
        values = json.loads(path.read_text("utf-8")) if path.exists() else []
    except (OSError, ValueError) as error:
        raise BlocklistError(f"{path}: cannot be read: {error}; mend or remove it") from error
    if not isinstance(values, list):
        raise BlocklistError(f"{path}: found no list of reviews; mend or remove it")
    return Reviews.from_values(values)


def save_reviews(folder: Path, reviews: Reviews) -> None:
    """Write *reviews* in *folder*. Raises `BlocklistError` if the disk refuses."""
    text = json.dumps(reviews.to_values(), indent=1)
    with new_file(folder / FILE) as file:
        file.write(text.encode() + b"\n")
