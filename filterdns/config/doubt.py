"""One thing in a config that is right and probably not meant."""

from typing import NamedTuple

from filterdns.config.places import Place, ValuePath


class Doubt(NamedTuple):
    """*message* about the value at *path*, and its *cure*.

    *place* is where it stands, None for the key of *path*.
    """

    path: ValuePath
    message: str
    cure: str
    place: Place | None = None
