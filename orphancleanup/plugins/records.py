"""What the records of OpenStack services have in common: times, tags, and ids as parts of a path."""

import datetime
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

Record = Mapping[str, Any]


def timestamp(text: object) -> datetime.datetime | None:
    """Read a time as a service writes it; a time without a zone is UTC.

    :returns: aware, UTC; None for what is no time, so that an age is unknown rather than wrong.
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.UTC)
    return moment.astimezone(datetime.UTC)


def tags(metadata: Mapping[str, object] | None, names: Iterable[str] | None = None) -> frozenset[str]:
    """Answer tags: the given names, and metadata as ``key`` and as ``key=value``."""
    found = set(names or ())
    for key, value in (metadata or {}).items():
        found |= {key, f'{key}={value}'}
    return frozenset(found)


def segment(text: str) -> str:
    """Quote an id or a name for one segment of a path; what would still lead elsewhere (``..``) no service sends."""
    return urllib.parse.quote(text, safe='')
