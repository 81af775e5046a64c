"""Tries every order and every answer: a run asks what happens next, and is repeated with each other answer."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar('T')

Script = tuple[int, ...]


class Choices:
    """What happens in one run: what its script says, and the usual thing after the script's end.

    :param script: the number of the option that is taken at each choice.
    """

    def __init__(self, script: Script = ()) -> None:
        self._script = script
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


def explore(run: Callable[[Choices], None], bound: int) -> Iterator[Script]:
    """Run with every script in which at most ``bound`` unusual things happen; yield each script after its run."""
    waiting: list[Script] = [()]
    while waiting:
        script = waiting.pop()
        choices = Choices(script)
        run(choices)
        yield script
        if sum(number > 0 for number in script) < bound:
            for place in range(len(script), len(choices.widths)):
                usual = script + (0,) * (place - len(script))
                waiting += [(*usual, number) for number in range(1, choices.widths[place])]
