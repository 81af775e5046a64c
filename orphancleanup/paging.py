"""Follows the pages of a listing to the end, and refuses what may not be the whole."""

import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orphancleanup.api import Query
from orphancleanup.errors import CloudError, IncompleteListing, ListingMoved, ReadOnlyViolation

Fetch = Callable[[Query], Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed.

    :param name: what error messages call it (``block-storage /volumes/detail``).
    :param key: the name of the list in the document.
    :param fetch: answers the document for a query.
    """

    name: str
    key: str
    fetch: Fetch
    query: Query = field(default_factory=dict)


def follow(listing: Listing) -> Iterator[dict[str, Any]]:
    """Yield every item once, page after page.

    The next page is where the document says that it is: in ``<key>_links`` (Nova, Cinder, Neutron), in ``links``
    (Keystone, Octavia, Designate) or in ``next`` (Glance). Only the query of such a link is used: its host and path
    are often those of a server behind a proxy. Without any of them, and with a ``limit`` in the query, the last id
    is the marker of the next page until a page is shorter than the limit (Heat).

    :raises IncompleteListing: when a page fails, is no such listing, is cut off, or comes again; and, when the query
        has ``with_count`` (Cinder from microversion 3.45), when the count shrinks or fewer items come than it says.
    """
    seen: set[str] = set()
    counts: list[int] = []
    asked = set()
    query: Query | None = listing.query
    number = 0
    while query is not None:
        number += 1
        asked.add(_identity(query))
        document = _page(listing, number, query)
        items = _items(listing, number, document)
        _count(listing, counts, document)
        for item in items:
            # What has no id of its own (a keypair) cannot come twice.
            identifier = str(item.get('id') or f'#{len(seen)}')
            if identifier not in seen:
                seen.add(identifier)
                yield item
        query = _next_query(listing, document, items)
        if query is not None and _identity(query) in asked:
            raise IncompleteListing(
                f'The listing of {listing.name} goes round in a circle after page {number}.'
            )
    if counts and len(seen) < counts[-1]:
        raise ListingMoved(
            f'The listing of {listing.name} gave {len(seen)} of {counts[-1]} items; something changed meanwhile.'
        )


def _page(listing: Listing, number: int, query: Query) -> Mapping[str, Any]:
    try:
        document = listing.fetch(query)
    except (IncompleteListing, ReadOnlyViolation):
        raise
    except CloudError as error:
        raise IncompleteListing(f'Page {number} of {listing.name} could not be read: {error}') from error
    if not isinstance(document, dict):
        raise IncompleteListing(
            f'Page {number} of {listing.name} is no JSON object; is this the right endpoint?'
        )
    # Keystone's list_limit.
    if document.get('truncated'):
        raise IncompleteListing(
            f'Page {number} of {listing.name} was cut off by the service; raise its list_limit.'
        )
    return document


def _items(listing: Listing, number: int, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = document.get(listing.key)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise IncompleteListing(
            f'Page {number} of {listing.name} has no list {listing.key!r}: it tells nothing.'
        )
    return items


def _count(listing: Listing, counts: list[int], document: Mapping[str, Any]) -> None:
    if str(listing.query.get('with_count', '')).lower() != 'true' or not isinstance(
        document.get('count'), int
    ):
        return
    counts.append(document['count'])
    if counts[-1] < counts[0]:
        raise ListingMoved(
            f'The listing of {listing.name} shrank from {counts[0]} to {counts[-1]} while it was read.'
        )


def _next_query(listing: Listing, document: Mapping[str, Any], items: list[dict[str, Any]]) -> Query | None:
    link = _next_link(listing.key, document)
    if link is not None:
        return {**listing.query, **dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))}
    limit = int(listing.query.get('limit', 0))
    if not limit or f'{listing.key}_links' in document or len(items) < limit:
        return None
    if not items[-1].get('id'):
        raise IncompleteListing(
            f'The items of {listing.name} have no id, so that their pages cannot be followed.'
        )
    return {**listing.query, 'marker': str(items[-1]['id'])}


def _next_link(key: str, document: Mapping[str, Any]) -> str | None:
    for candidate in (document.get(f'{key}_links'), document.get('links'), {'next': document.get('next')}):
        if isinstance(candidate, dict) and isinstance(candidate.get('next'), str):
            return candidate['next'] or None
        if isinstance(candidate, list):
            for link in candidate:
                if isinstance(link, dict) and link.get('rel') == 'next':
                    return str(link.get('href'))
    return None


def _identity(query: Query) -> frozenset[tuple[str, str]]:
    return frozenset((name, str(value)) for name, value in query.items())
