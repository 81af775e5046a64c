"""What the records of OpenStack services have in common: owners, ids, times, tags, and parts of a path."""

import datetime
import json
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from orphancleanup.errors import IncompleteListing

Record = Mapping[str, Any]
# Most have none, and an empty set of their own would take more than all else that is known of a small resource.
_NO_TAGS: frozenset[str] = frozenset()


def present(record: Record, field: str, kind: str) -> Any:
    """Return a field that every record of a kind has, and without which it could be judged wrongly.

    :param kind: what the message calls the record, together with its id.
    :raises IncompleteListing: when the field is missing: then nobody knows what it would have said.
    """
    if field not in record:
        raise IncompleteListing(
            f'{kind} {record.get("id") or "without an id"} came without its field {field!r}, so that nothing may be '
            f'concluded about it; have the policy of its service show that field to this user, and run again.'
        )
    return record[field]


def required(record: Record, field: str, kind: str) -> str:
    """Return a field that every record of a kind has: the one that names its owner, above all.

    :returns: the text; empty when the service positively says that there is none (null), so that it is nobody's.
    :raises IncompleteListing: when the field is missing; see :func:`present`.
    """
    return str(present(record, field, kind) or '')


def identifier(record: Record, kind: str, field: str = 'id') -> str:
    """Return an id that a record must have: its own, or that of what it belongs to.

    :raises IncompleteListing: when it is missing or empty.
    """
    found = required(record, field, kind)
    if not found:
        raise IncompleteListing(
            f'{kind} {record.get("id") or "without an id"} came with an empty {field!r}: it tells nothing.'
        )
    return found


def members(record: Record, field: str, kind: str) -> list[Any]:
    """Return what is in a field, by a path of names with dots; a list on the way is followed into each of its members.

    :returns: without nulls; empty when the service positively says that there is nothing.
    :raises IncompleteListing: when a member of the path is missing; see :func:`present`.
    """
    name, _, rest = field.partition('.')
    found = present(record, name, kind)
    listed = [each for each in (found if isinstance(found, list) else [found]) if each is not None]
    if not rest:
        return listed
    if not all(isinstance(each, Mapping) for each in listed):
        raise IncompleteListing(
            f'{kind} {record.get("id") or "without an id"} came with a {name!r} that is no object.'
        )
    return [one for each in listed for one in members(each, rest, kind)]


def references(record: Record, field: str, kind: str) -> tuple[str, ...]:
    """Return the ids in a field; see :func:`members`.

    :raises IncompleteListing: when it is missing, or has something else in it.
    """
    found = [each for each in members(record, field, kind) if each != '']
    for each in found:
        if not isinstance(each, str):
            raise IncompleteListing(
                f'{kind} {record.get("id") or "without an id"} came with {each!r:.80} in {field!r}: that is no id.'
            )
    return tuple(found)


def filled(record: Record, field: str, kind: str) -> None:
    """Return when a field has something in it; see :func:`members`.

    :raises IncompleteListing: when it is missing or empty.
    """
    if not any(each != '' for each in members(record, field, kind)):
        raise IncompleteListing(
            f'{kind} {record.get("id") or "without an id"} came with an empty {field!r}: it tells nothing.'
        )


def first(record: Record, field: str) -> Any:
    """Return what is in a field that a record need not have, by a path of names with dots; None for nothing."""
    found: Any = record
    for name in field.split('.'):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def all_tags(record: Record, fields: Iterable[str], kind: str) -> frozenset[str]:
    """Return the tags in some fields, and in ``tags`` and ``metadata`` where a record has them.

    :param fields: with names (a list), or with names and values (an object).
    :raises IncompleteListing: when one of the fields is missing; see :func:`present`.
    """
    found = _NO_TAGS
    for field in {*fields, *({'tags', 'metadata'} & record.keys())}:
        for each in members(record, field, kind):
            found |= tags(each) if isinstance(each, Mapping) else {str(each)}
    return found


def one(document: object, key: str, what: str) -> Record:
    """Return the record that a document has under a key; with an empty key, the document itself.

    :param what: what was asked for (``cinder-volume 5f0c...``).
    :raises IncompleteListing: when there is none: the answer tells nothing, least of all that it is gone.
    """
    found = inner(document if key else {'': document}, key, what)
    if not isinstance(found, Mapping):
        raise IncompleteListing(f'The answer about {what} has a list in it where one record belongs.')
    return found


def inner(document: object, key: str, what: str) -> Any:
    """Return what a document has under a key, where the answer to a question about one resource is.

    :param what: what was asked for (``cinder-volume 5f0c...``).
    :returns: a record or a list of records.
    :raises IncompleteListing: when there is neither: the answer tells nothing, least of all that it is gone.
    """
    found = document.get(key) if isinstance(document, Mapping) else None
    if not isinstance(found, Mapping | list):
        raise IncompleteListing(
            f'The answer about {what} has no {key!r}: it tells nothing; is this the right endpoint?'
        )
    return found


def values(record: Record, fields: Iterable[str]) -> dict[str, Any]:
    """Return what is in those of some fields that a record has; lists in an order of their own.

    A service tells the members of a list in whatever order, and that is no change.
    """
    found = {field: record[field] for field in fields if field in record}
    return {field: _in_order(each) if isinstance(each, list) else each for field, each in found.items()}


def _in_order(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda each: json.dumps(each, sort_keys=True, default=str))


def mark(found: Mapping[str, Any]) -> str:
    """Return values as one text, by which they are told from others; see :class:`orphancleanup.model.Resource`."""
    return json.dumps(found, sort_keys=True, default=str)


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
    """Return tags: the given names, and metadata as ``key`` and as ``key=value``."""
    found = set(names or ())
    for key, value in (metadata or {}).items():
        found |= {key, f'{key}={value}'}
    return frozenset(found)


def segment(text: str) -> str:
    """Quote an id or a name for one segment of a path; what would still lead elsewhere (``..``) no service sends."""
    return urllib.parse.quote(text, safe='')
