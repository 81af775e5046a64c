"""Faults on demand: the next answers to what matches are others, come late, or do not come."""

import re
from dataclasses import dataclass, field

from lab.threepar.array import Record


@dataclass(slots=True)
class Fault:
    """What happens to requests instead.

    :ivar method: of the requests; empty for all.
    :ivar path: a regular expression that is searched in their path.
    :ivar times: how many of them; None for all from now on.
    :ivar status: what they are answered with; 0 for the true answer.
    :ivar body: of that answer.
    :ivar delay: seconds that the answer takes.
    :ivar cut: ``before`` or ``after`` what the request asks for was done, the connection is closed without an answer;
        empty: it is not.
    :ivar most: of a list, so many members only; its ``total`` still tells how many there are.
    """

    method: str = ''
    path: str = ''
    times: int | None = 1
    status: int = 0
    body: Record = field(default_factory=dict)
    delay: float = 0.0
    cut: str = ''
    most: int | None = None

    def matches(self, method: str, path: str) -> bool:
        """Return whether it concerns a request."""
        return self.times != 0 and self.method in ('', method) and bool(re.search(self.path, path))


@dataclass(slots=True)
class Faults:
    """The faults of an array, the oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str) -> Fault:
        """Return the fault for a request, counted; one that does nothing when there is none."""
        for fault in self.waiting:
            if fault.matches(method, path):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return Fault()
