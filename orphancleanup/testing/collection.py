"""A stateful collection of a fake service: what a list, a look, a removal and an action do to its items."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orphancleanup.api import Query
from orphancleanup.clock import Clock
from orphancleanup.errors import ApiError, BadRequest, NotFound
from orphancleanup.testing.documents import copied

Item = dict[str, Any]
Action = Callable[[Item, Any], Any]

_PAGING = frozenset({'limit', 'marker', 'with_count', 'sort', 'sort_key', 'sort_dir', 'fields'})
_PROJECT_FIELDS = ('project_id', 'tenant_id', 'os-vol-tenant-attr:tenant_id', 'project')


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a DELETE does.

    :param seconds: how long it takes; 0 removes at once.
    :param status: what the item's ``status`` says meanwhile.
    :param ends_in: the status that it ends in instead of going (``error_deleting``); empty when it goes.
    """

    seconds: float = 0.0
    status: str = 'deleting'
    ends_in: str = ''


@dataclass(frozen=True, slots=True)
class CollectionOptions:
    """How a collection behaves.

    :param singular: the key of the document of one item; the collection's key without its last letter by default.
    :param list_paths: where it is listed, besides its own path.
    :param actions: name to what ``POST <path>/<id>/action`` with that name does, given the item and the argument.
    :param deletion: what a DELETE does, or a function of the item that tells.
    :param refuse: answers the error that a DELETE of an item gives, None when it is accepted.
    :param page_size: the most items of a linked page, whatever the ``limit`` says.
    :param has_links: whether pages are linked; else only markers lead to the next one.
    :param all_tenants: the query that shows the items of other projects; empty when they are always shown. Nobody has
        said so when it is None: they are shown, but the suite for handlers refuses it.
    :param is_item_wrapped: whether the document of one item has it under ``singular``.
    """

    singular: str = ''
    list_paths: tuple[str, ...] = ()
    actions: Mapping[str, Action] = field(default_factory=dict)
    deletion: Deletion | Callable[[Item], Deletion] = Deletion()
    refuse: Callable[[Item], ApiError | None] = lambda item: None
    page_size: int = 1000
    has_links: bool = True
    all_tenants: str | None = None
    is_item_wrapped: bool = True


class Collection:
    """The items of one kind in a fake service. Items are plain dicts with an ``id``.

    :param path: below the service's endpoint (``/volumes``).
    :param key: the name of the list in the document (``volumes``).
    """

    def __init__(self, path: str, key: str, options: CollectionOptions, clock: Clock) -> None:
        self.path = path
        self.key = key
        self.options = options
        #: the most items of a linked page; a test may change it
        self.page_size = options.page_size
        self.items: dict[str, Item] = {}
        #: ids that listings leave out although they are found by id; a ``count`` leaves them out, too
        self.unlisted: set[str] = set()
        #: after so many items a page is cut without a word and without a link; None when it is not
        self.cut: int | None = None
        self._clock = clock
        self._due: dict[str, tuple[float, str]] = {}

    def add(self, **fields: Any) -> Item:
        """Put an item in; an ``id`` is made up when none is given.

        :returns: the item itself: what a test changes in it, the service shows.
        """
        item = {'id': str(uuid.uuid4()), **fields}
        self.items[item['id']] = item
        return item

    def remove(self, identifier: str) -> None:
        """Take an item out at once."""
        self.items.pop(identifier, None)
        self._due.pop(identifier, None)

    def settle(self) -> None:
        """End the removals whose time has come."""
        if not self._due:
            return
        for identifier, (moment, ends_in) in list(self._due.items()):
            if self._clock.monotonic() >= moment:
                del self._due[identifier]
                if ends_in:
                    self.items[identifier]['status'] = ends_in
                else:
                    self.items.pop(identifier, None)

    def get(self, identifier: str) -> Item:
        """Return an item.

        :raises NotFound: when there is none.
        """
        if identifier not in self.items:
            raise NotFound(404, f'{self.path}/{identifier} could not be found.', 'req-fake')
        return self.items[identifier]

    def document(self, identifier: str) -> Item:
        """Return the document of one item."""
        item = copied(self.get(identifier))
        return {self.options.singular or self.key[:-1]: item} if self.options.is_item_wrapped else item

    def delete(self, identifier: str) -> None:
        """Do what a DELETE does."""
        item = self.get(identifier)
        refusal = self.options.refuse(item)
        if refusal:
            raise refusal
        deletion = self.options.deletion
        self.leave(item, deletion(item) if callable(deletion) else deletion)

    def leave(self, item: Item, deletion: Deletion) -> None:
        """Begin the removal of an item; for actions that remove, too."""
        if not deletion.seconds and not deletion.ends_in:
            self.remove(item['id'])
            return
        item['status'] = deletion.status
        self._due[item['id']] = (self._clock.monotonic() + deletion.seconds, deletion.ends_in)

    def act(self, identifier: str, body: Mapping[str, Any]) -> Any:
        """Do what ``POST <path>/<id>/action`` does."""
        item = self.get(identifier)
        for name, argument in body.items():
            if name not in self.options.actions:
                raise BadRequest(400, f'There is no such action: {name}', 'req-fake')
            return self.options.actions[name](item, argument)
        raise BadRequest(400, 'No action was named.', 'req-fake')

    def page(self, query: Query, project_id: str, is_project: bool) -> dict[str, Any]:
        """Return one page of the listing as a caller from within a project sees it."""
        shown = self._shown(query, None if self._shows_all(query) and not is_project else project_id)
        start = self._start(shown, query)
        size = self._size(query)
        page = shown[start : start + size][: self.cut]
        document: dict[str, Any] = {self.key: copied(page)}
        if self.options.has_links and self.cut is None and start + size < len(shown):
            href = f'http://behind.the.proxy:1{self.path}?marker={page[-1]["id"]}&limit={size}'
            document[f'{self.key}_links'] = [{'rel': 'next', 'href': href}]
        if str(query.get('with_count', '')).lower() == 'true':
            document['count'] = len(shown)
        return document

    def _size(self, query: Query) -> int:
        limit = int(str(query.get('limit', 0)))
        if not self.options.has_links:
            return limit or max(1, len(self.items))
        return min(limit or self.page_size, self.page_size)

    def _shown(self, query: Query, project_id: str | None) -> list[Item]:
        """Return the items that a query leaves, of one project; None stands for all."""
        wanted = {name: _values(value) for name, value in query.items() if name not in _PAGING}
        return [
            item
            for identifier, item in self.items.items()
            if identifier not in self.unlisted
            and (project_id is None or _owner(item) == project_id)
            and all(str(item[name]).lower() in values for name, values in wanted.items() if name in item)
        ]

    def _shows_all(self, query: Query) -> bool:
        word = self.options.all_tenants
        return not word or str(query.get(word, '')).lower() in ('1', 'true')

    def _start(self, shown: list[Item], query: Query) -> int:
        if 'marker' not in query:
            return 0
        for index, item in enumerate(shown):
            if item['id'] == query['marker']:
                return index + 1
        # As Cinder does: a marker that was deleted meanwhile is gone.
        raise NotFound(404, f'Marker {query["marker"]} could not be found.', 'req-fake')


def _values(told: object) -> list[str]:
    return [str(each).lower() for each in (told if isinstance(told, list | tuple) else [told])]


def _owner(item: Item) -> Any:
    return next((item[name] for name in _PROJECT_FIELDS if name in item), None)
