"""How far a bench is: what was done, and how long the rest will take."""

import time

from rich.console import Console


class Progress:
    """Tells of *total* steps, each about as long as the others."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._began = time.monotonic()

    def step(self, text: str) -> None:
        """Print *text* of the step that is done, with the time left."""
        self._done += 1
        left = (time.monotonic() - self._began) / self._done * (self._total - self._done)
        self._console.print(f"{text}  {_span(left)}", highlight=False, soft_wrap=True)


def _span(seconds: float) -> str:
    if seconds < 1:
        return "done"
    return f"{seconds / 60:.0f} min left" if seconds >= 90 else f"{seconds:.0f} s left"
