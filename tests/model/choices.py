"""Tries every order and every answer: a run asks what happens next, and is repeated with each other answer.

A run may mark how it stands. What is another one from some choice on goes on from the last mark before that choice: it
would come there in the same way.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, Self, TypeVar

T = TypeVar('T')

Script = tuple[int, ...]


class Standing(Protocol):
    """A run as it stands."""

    choices: 'Choices'

    def copy(self) -> Self:
        """Return what may go on by itself."""


class Choices:
    """What happens in one run: what its script says, and the usual thing after the script's end.

    :param script: the number of the option that is taken at each choice.
    :ivar begun: where the run is to go on from; None when it is to begin.
    """

    def __init__(self, script: Script = (), is_last: bool = True) -> None:
        self._script, self._is_last = script, is_last
        self.begun: Any = None
        #: how the run stood, and how many choices were behind it
        self.marks: list[tuple[int, Standing]] = []
        #: how many options each choice had, in their order
        self.widths: list[int] = []
        #: what was chosen, other than the usual thing
        self.unusual: list[object] = []

    def choose(self, options: Sequence[T]) -> T:
        """Return what happens; the first option is the usual one."""
        place = len(self.widths)
        number = self._script[place] if place < len(self._script) else 0
        self.widths.append(len(options))
        if number:
            self.unusual.append(options[number])
        return options[number]

    def mark(self, run: Standing) -> None:
        """Keep how the run stands, for those that are other ones from here on."""
        if not self._is_last:
            marks, self.marks = self.marks, []
            marks.append((len(self.widths), run.copy()))
            self.marks = marks

    def other(self, place: int, script: Script, is_last: bool) -> 'Choices':
        """Return the choices of a run that is another one from a place on."""
        marked = [run for passed, run in self.marks if passed <= place]
        if not marked:
            return Choices(script, is_last)
        begun = marked[-1].copy()
        begun.choices._script, begun.choices._is_last, begun.choices.begun = script, is_last, begun
        return begun.choices


def explore(run: Callable[[Choices], None], bound: int) -> Iterator[Script]:
    """Run with every script in which at most ``bound`` unusual things happen; yield each script after its run."""
    waiting: list[tuple[Script, Callable[[], Choices]]] = [((), lambda: Choices(is_last=not bound))]
    while waiting:
        script, begin = waiting.pop()
        choices = begin()
        run(choices)
        yield script
        so_far = sum(number > 0 for number in script)
        if so_far < bound:
            for place in range(len(script), len(choices.widths)):
                usual = script + (0,) * (place - len(script))
                for number in range(1, choices.widths[place]):
                    other = (*usual, number)
                    waiting.append((other, partial(choices.other, place, other, so_far + 1 == bound)))
