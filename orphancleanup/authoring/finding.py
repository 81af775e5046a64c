"""What is wrong with a package of handlers: a value that the checks return."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    :param where: the package, the entry point and, where it is in the code, the file and the line.
    :param what: what is wrong there, in one sentence.
    :param remedy: what to do about it, in one sentence.
    """

    where: str
    what: str
    remedy: str
