"""How long work tells how far it is, without knowing whether anybody watches."""

from typing import Protocol


class Progress(Protocol):
    """Told about stages of a run, one at a time."""

    def stage(self, title: str, total: int | None = None) -> None:
        """A stage begins; ``total`` is None while its length is unknown."""

    def advance(self, done: int = 1) -> None:
        """So many more of the stage are done."""

    def note(self, text: str) -> None:
        """Something worth a line happened (an item failed, a step waits)."""


class Silence:
    """Nobody watches."""

    def stage(self, title: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, done: int = 1) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""
