"""Which of several servers of a service is asked, and whether they are of one installation."""

import threading
from collections.abc import Callable, Mapping

from orphancleanup.clouds import answers
from orphancleanup.errors import Unreachable

#: what a server says about the installation that it is of; None when it gave no usable answer
Ask = Callable[[str], Mapping[str, object] | None]


class Servers:
    """The addresses of one service, of which one is used until it does not answer.

    Two that are of different installations, or that take us for different users, would make of what one lists and the
    other lacks something that is gone. So each of several is asked what it is before it is asked anything else, all of
    them at the beginning; one that does not answer then, when it is its turn.

    :param addresses: without a slash at the end.
    :param ask: asks one of them; None for a service whose servers cannot be told apart.
    """

    def __init__(self, addresses: tuple[str, ...], ask: Ask | None) -> None:
        self._addresses = addresses
        self._ask = ask if len(addresses) > 1 else None
        self._position = 0
        self._known: dict[str, Mapping[str, object]] = {}
        self._fault = ''
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where the next request goes."""
        return self._addresses[self._position % len(self._addresses)]

    def turn_from(self, address: str) -> None:
        """Use another server from now on, unless somebody has turned from this one already."""
        if self.address == address:
            self._position += 1

    def proved(self) -> str:
        """Return the address to use.

        :raises Unreachable: when it is none of the installation that the others are of.
        """
        address = self.address
        if self._ask is not None and address not in self._known:
            address = self._chosen(self._ask)
        if self._fault:
            raise Unreachable(self._fault)
        return address

    def _chosen(self, ask: Ask) -> str:
        """Ask servers what they are, and return one that has told it; any while none of them does."""
        with self._lock:
            for address in (self.address,) if self._known else self._addresses:
                self._learn(address, ask)
            chosen = self.address
            while self._known and chosen not in self._known:
                self._position += 1
                chosen = self.address
            return chosen

    def _learn(self, address: str, ask: Ask) -> None:
        """Ask a server what it is, unless somebody has just done so."""
        found = ask(address) if address not in self._known else None
        if found is None:
            return
        for other, known in self._known.items():
            if known != found:
                self._fault = _different(other, address, known, found)
        self._known[address] = found


def _different(one: str, other: str, first: Mapping[str, object], second: Mapping[str, object]) -> str:
    paths = ', '.join(sorted(path for path in first if first[path] != second.get(path)))
    names = ' and '.join(answers.printable(each) for each in (one, other))
    return (
        f'The servers {names} answer {paths} differently, so that they are not of one installation, or do not take us '
        f'for the same: nothing that either says is believed. Name only those that belong together.'
    )
