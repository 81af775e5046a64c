"""Follows the pages of a listing to the end, and refuses what may not be the whole."""

import itertools
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orphancleanup.api import Query
from orphancleanup.errors import (
    BadRequest,
    CloudError,
    IncompleteListing,
    ListingMoved,
    NotFound,
    ReadOnlyViolation,
)

Fetch = Callable[[Query], Any]

#: more pages than a listing of any cloud has: whoever links on and on makes up what it lists
MOST_PAGES = 10_000
#: so many pages one after the other that have nothing new in them lead nowhere; a few may be empty (filters, cells)
MOST_EMPTY = 20


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed.

    :param name: what error messages call it (``block-storage /volumes/detail``).
    :param key: the name of the list in the document.
    :param fetch: returns the document for a query.
    :param past_end: whether what comes after the last item is asked for although nothing says that there is more.
    """

    name: str
    key: str
    fetch: Fetch
    query: Query = field(default_factory=dict)
    past_end: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    document: Mapping[str, Any]
    items: list[dict[str, Any]]


def follow(listing: Listing) -> Iterator[dict[str, Any]]:
    """Yield every item once, page after page.

    The next page is where the document says that it is: in ``<key>_links`` (Nova, Cinder, Neutron), in ``links``
    (Keystone, Octavia, Designate) or in ``next`` (Glance). Only the query of such a link is used: its host and path
    are often those of a server behind a proxy. Without any of them, and with a ``limit`` in the query, the last id
    is the marker of the next page until a page is shorter than the limit (Heat).

    Where pages begin after a marker, what others remove meanwhile loses nothing: a count (``with_count``, Cinder from
    microversion 3.45) may shrink from page to page. Fewer items than the lowest count prove a cut: then it is asked
    past the end, and, for what was made meanwhile and stands at the front, for the first page again.

    :raises IncompleteListing: when a page fails, is no such listing, is cut off, leads back to one before, or when the
        pages come to no end.
    :raises ListingMoved: when reading it again may help: the item that a page is to begin after is gone, fewer items
        came than the lowest count, or the count shrank and pages are found by their position.
    """
    return _Walk(listing).items()


class _Walk:
    """One way through a listing."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._asked: set[frozenset[tuple[str, str]]] = set()
        self._seen: set[str] = set()
        self._counts: list[int] = []
        # The ids of the last page that had items; empty when they cannot be asked past.
        self._tail: list[str] = []
        self._number = 0
        # How many pages have come one after the other that had nothing new in them.
        self._empty = 0
        self._goes_by_position = False

    def items(self) -> Iterator[dict[str, Any]]:
        yield from self._walk(self._page(self._listing.query))
        if (self._listing.past_end and not self._is_counted()) or self._is_short():
            yield from self._past_end()
        if self._is_short():
            yield from self._fresh(self._page(self._listing.query).items)
        self._conclude()

    def _walk(self, page: _Page) -> Iterator[dict[str, Any]]:
        while True:
            known = len(self._seen)
            yield from self._fresh(page.items)
            self._empty = self._empty + 1 if len(self._seen) == known else 0
            query = _next_query(self._listing, page)
            if query is None:
                return
            if _identity(query) in self._asked:
                raise self._in_circles(page)
            self._goes_by_position = self._goes_by_position or 'marker' not in query
            page = self._page(query)

    def _in_circles(self, page: _Page) -> IncompleteListing:
        name = f'{self._listing.name} after page {self._number}'
        if page.document.get('truncated'):
            # Keystone links so from roles, services, endpoints and regions, whose drivers know no marker (release 30).
            return IncompleteListing(
                f'The listing of {name} is cut off by the service, which links to the same page again; raise its '
                f'list_limit.'
            )
        return IncompleteListing(f'The listing of {name} goes round in a circle.')

    def _require_end(self) -> None:
        """Return while the pages may come to an end.

        :raises IncompleteListing: when a service links on and on, each time to another page.
        """
        for is_endless, why in (
            (self._empty >= MOST_EMPTY, f'{MOST_EMPTY} pages one after the other have nothing new in them'),
            (self._number >= MOST_PAGES, f'it has more than {MOST_PAGES} pages'),
        ):
            if is_endless:
                raise IncompleteListing(
                    f'The listing of {self._listing.name} comes to no end: {why}; nothing of it is believed.'
                )

    def _past_end(self) -> Iterator[dict[str, Any]]:
        """Ask for what comes after the last item until nothing new comes; who knows no marker repeats a page."""
        while self._tail:
            known = len(self._seen)
            page = self._page_after()
            if page is None:
                return
            yield from self._walk(page)
            if len(self._seen) == known:
                return

    def _page_after(self) -> _Page | None:
        # The last item may have been removed meanwhile: then what comes after an earlier one holds the same.
        tail, lost = self._tail, None
        for marker in dict.fromkeys((tail[-1], tail[len(tail) // 2], tail[0])):
            query = {**self._listing.query, 'marker': marker}
            if _identity(query) in self._asked:
                break
            try:
                return self._page(query)
            except ListingMoved as error:
                lost = error
        if lost:
            raise lost
        return None

    def _fresh(self, items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in items:
            # What has no id of its own (a keypair) cannot come twice.
            identifier = str(item.get('id') or f'#{len(self._seen)}')
            if identifier not in self._seen:
                self._seen.add(identifier)
                yield item

    def _page(self, query: Query) -> _Page:
        self._require_end()
        self._number += 1
        self._asked.add(_identity(query))
        document = _document(self._listing, self._number, query)
        items = _items(self._listing, self._number, document)
        if items:
            ids = [str(item.get('id') or '') for item in items]
            self._tail = ids if all(ids) else []
        count = document.get('count')
        if str(self._listing.query.get('with_count')).lower() == 'true' and isinstance(count, int):
            self._counts.append(count)
        return _Page(document, items)

    def _is_counted(self) -> bool:
        """Whether as many items came as the highest count said: then nothing can have been cut off."""
        return bool(self._counts) and len(self._seen) >= max(self._counts)

    def _is_short(self) -> bool:
        return bool(self._counts) and len(self._seen) < min(self._counts)

    def _conclude(self) -> None:
        name, counts = self._listing.name, self._counts
        for before, after in itertools.pairwise(counts if self._goes_by_position else ()):
            if after < before:
                raise ListingMoved(
                    f'The listing of {name} shrank from {before} to {after} while it was read.'
                )
        if self._is_short():
            raise ListingMoved(
                f'The listing of {name} gave {len(self._seen)} of {min(counts)} items; it was cut, or something '
                f'changed meanwhile.'
            )


def _document(listing: Listing, number: int, query: Query) -> Mapping[str, Any]:
    try:
        document = listing.fetch(query)
    except (IncompleteListing, ReadOnlyViolation):
        raise
    except CloudError as error:
        is_lost = isinstance(error, BadRequest | NotFound) and 'marker' in query
        raise (ListingMoved if is_lost else IncompleteListing)(
            f'Page {number} of {listing.name} could not be read: {error}'
        ) from error
    if not isinstance(document, dict):
        raise IncompleteListing(
            f'Page {number} of {listing.name} is not a JSON object; is this the right endpoint?'
        )
    # Keystone's list_limit; newer releases link to the next page.
    if document.get('truncated') and _next_link(listing.key, document) is None:
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


def _next_query(listing: Listing, page: _Page) -> Query | None:
    document, items = page.document, page.items
    link = _next_link(listing.key, document)
    if link is not None:
        found = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
        return {
            **listing.query,
            **{name: values if values[1:] else values[0] for name, values in found.items()},
        }
    limit = int(str(listing.query.get('limit', 0)))
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
