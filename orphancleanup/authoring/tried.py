"""One thing that was tried with a handler, and what came of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it.

    :param what: what was tried (``discover``, ``look``, a relation, a ladder).
    :param told: what came of it, for people.
    :param is_well: whether it agrees with the contract, and with what else was seen.
    """

    what: str
    told: str
    is_well: bool = True
