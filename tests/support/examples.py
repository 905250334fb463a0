"""How many random examples a test tries in a long run, where one costs as much as many."""

from hypothesis import settings

FEWEST = 100  # what a short run tries


def one_in(share: int) -> settings:
    """Return settings for a test that tries one in *share* of the examples of a long run."""
    assert settings.default is not None
    return settings(max_examples=max(FEWEST, settings.default.max_examples // share))
