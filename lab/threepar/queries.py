"""The query language of the API's lists: ``"volumeName EQ a"``, ``"wwn==A OR wwn==B"``."""

import re
from collections.abc import Iterable

from lab.threepar import refusals
from lab.threepar.array import Record

_TERM = re.compile(r'\s*(\w+)\s*(?:==|\s[Ee][Qq]\s)\s*(\S+)\s*')
_OR = re.compile(r'\s+[Oo][Rr]\s+')


def select(records: Iterable[Record], query: str | None) -> list[Record]:
    """Return the records that a query asks for; all without one.

    :raises Refused: when it cannot be understood.
    """
    if query is None:
        return list(records)
    terms = [_term(each) for each in _OR.split(query.strip().strip('"'))]
    return [record for record in records if any(_is_met(record, *term) for term in terms)]


def _term(text: str) -> tuple[str, str]:
    found = _TERM.fullmatch(text)
    if not found:
        raise refusals.INVALID_INPUT('invalid input: query', text)
    return found[1], found[2]


def _is_met(record: Record, key: str, value: str) -> bool:
    return (
        str(record.get(key, '')).lower() == value.lower()
        if 'wwn' in key.lower()
        else record.get(key) == value
    )
