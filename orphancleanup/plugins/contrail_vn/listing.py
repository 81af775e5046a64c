"""Reads a whole list of the API server, page by page, and notices what it passes over."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orphancleanup.api import Query, Service
from orphancleanup.errors import CloudError, IncompleteListing, ReadOnlyViolation
from orphancleanup.records import Record

PAGE = 500
#: ids in one query; the address of a request may have some thousand characters
_IDS = 50
#: above this many, one list of all costs less than asking for each
_MANY = 200
_DETAILED: Query = {'detail': 'true'}


def everything(service: Service, kind: str, fields: Iterable[str], is_whole: bool = True) -> Iterator[Record]:
    """Yield all objects of a type, with some fields.

    The server passes over what it cannot read without a word. So it is asked how many there are: before, and, when
    fewer came, once more, for what others removed meanwhile.

    :param kind: the type, as the server writes it (``virtual-network``).
    :param is_whole: whether their properties and what they refer to are wanted besides, named or not.
    :raises IncompleteListing: when a page fails, or fewer came than there are.
    """
    counted = _count(service, kind)
    seen: set[str] = set()
    for page in _pages(service, kind, {**(_DETAILED if is_whole else {}), **_shown(fields)}):
        for record in page:
            identifier = str(record.get('uuid'))
            if identifier not in seen:
                seen.add(identifier)
                yield record
    if len(seen) < counted and len(seen) < (left := min(counted, _count(service, kind))):
        raise IncompleteListing(
            f'Contrail gave {len(seen)} of {left} objects of type {kind} and passed over the others without a word: '
            f'their rows are damaged, it seems; "db_manage.py check" tells which.'
        )


def some(service: Service, kind: str, fields: Iterable[str], ids: Iterable[str]) -> Iterator[Record]:
    """Yield those objects with some ids that are shown: the server passes over all others without a word."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _IDS):
        asked = ','.join(wanted[start : start + _IDS])
        yield from filtered(service, kind, fields, {'obj_uuids': asked})


def chosen(service: Service, kind: str, fields: Iterable[str], ids: Iterable[str]) -> list[Record]:
    """Return the objects with some ids: what is not among them, the whole list lacks.

    :raises IncompleteListing: when that cannot be told.
    """
    wanted, asked = set(ids), tuple(fields)
    found: list[Record] = []
    if len(wanted) <= _MANY:
        found = list(some(service, kind, asked, wanted))
    if len(found) < len(wanted):
        # That an object is passed over is no proof; that the whole list lacks it is one.
        found = [each for each in everything(service, kind, asked) if each.get('uuid') in wanted]
    return found


def filtered(service: Service, kind: str, fields: Iterable[str], query: Query) -> list[Record]:
    """Return the objects that a query leaves; those that the server does not know are passed over."""
    return list(_items(_document(service, kind, {**_DETAILED, **_shown(fields), **query}), kind))


def _pages(service: Service, kind: str, query: Query) -> Iterator[list[Record]]:
    marker, known = 'None', set[str]()
    while marker not in known:
        known.add(marker)
        document = _document(service, kind, {**query, 'page_limit': PAGE, 'page_marker': marker})
        yield list(_items(document, kind, is_wrapped='detail' in query))
        # A server that knows no pages gives all at once, and is held against the count.
        if document.get('marker') is None:
            return
        marker = str(document['marker'])
    raise IncompleteListing(f'The list of {kind} in Contrail goes round in a circle at {marker}.')


def _shown(fields: Iterable[str]) -> Query:
    return {'exclude_hrefs': '1', 'fields': ','.join(sorted(set(fields)))}


def _count(service: Service, kind: str) -> int:
    found = _document(service, kind, {'count': 'true'}).get(f'{kind}s')
    count = found.get('count') if isinstance(found, Mapping) else None
    if not isinstance(count, int):
        raise IncompleteListing(f'Contrail does not tell how many objects of type {kind} there are.')
    return count


def _document(service: Service, kind: str, query: Query) -> Mapping[str, Any]:
    """Ask for a page; a list that fails in the database is answered with 404, which says nothing of what is in it."""
    try:
        document = service.get(f'/{kind}s', query)
    except (IncompleteListing, ReadOnlyViolation):
        raise
    except CloudError as error:
        raise IncompleteListing(f'The list of {kind} in Contrail could not be read: {error}') from error
    if not isinstance(document, dict):
        raise IncompleteListing(f'The list of {kind} in Contrail is no JSON object; is this its API server?')
    return document


def _items(document: Mapping[str, Any], kind: str, is_wrapped: bool = True) -> Iterator[Record]:
    found = document.get(f'{kind}s')
    if not isinstance(found, list):
        raise IncompleteListing(f'The answer of Contrail has no list of {kind}: it tells nothing.')
    for each in found:
        record = each.get(kind) if is_wrapped and isinstance(each, dict) else each
        if not isinstance(record, dict):
            raise IncompleteListing(
                f'The list of {kind} in Contrail has something else in it: it tells nothing.'
            )
        yield _slim(record)


def _slim(record: Record) -> Record:
    """Return a record in which a uuid is one object in memory wherever it is named: there may be many thousands."""
    return {name: _shared(each, name) for name, each in record.items()}


def _shared(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return sys.intern(value) if name.endswith('uuid') else value
    if isinstance(value, list):
        return [_slim(each) if isinstance(each, dict) else each for each in value]
    return value
