"""Listings: who is shown, page by page, and how much of each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.contrail import schema, shapes
from lab.contrail.callers import Caller, spelled
from lab.contrail.shapes import Document, Refusal
from lab.contrail.store import Object, Store

PAGE_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """What a listing is asked with, whether in the query or in the body of ``list-bulk-collection``.

    :ivar caller: whose objects alone are shown; None when all are.
    :ivar unreadable: uuids of objects whose rows are damaged: they are passed over without a word.
    """

    kind: str
    options: Mapping[str, str]
    base: str
    caller: Caller | None
    unreadable: frozenset[str] = frozenset()

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return the members of an option; None when it was not given."""
        value = self.options.get(name)
        return None if value is None else tuple(each for each in value.split(',') if each)

    def is_set(self, name: str) -> bool:
        """Return whether a switch is on."""
        return self.options.get(name, '').lower() in ('true', '1', 'yes')


def document(store: Store, asked: Asked) -> Document:
    """Return the document of a listing.

    :raises Refusal: with 400 for a marker that is none.
    """
    key = f'{asked.kind}s'
    if asked.is_set('count'):
        return {key: {'count': sum(1 for _ in _meant(store, asked, ''))}}
    marker = asked.options.get('page_marker')
    if marker == '0':
        raise Refusal(400, 'Invalid page_marker 0')
    if marker is None:
        # A limit without a marker is ignored.
        return {key: [_item(store, each, asked) for each in _readable(_meant(store, asked, ''), asked)]}
    limit = int(asked.options.get('page_limit', PAGE_LIMIT))
    page = _first(_meant(store, asked, '' if marker == 'None' else marker), limit)
    # A last page that is full has a marker all the same: the next one is empty then.
    last = page[-1].uuid if len(page) == limit else None
    return {key: [_item(store, each, asked) for each in _readable(page, asked)], 'marker': last}


def _first(found: Iterator[Object], limit: int) -> list[Object]:
    return [each for _, each in zip(range(limit), found, strict=False)]


def _readable(found: Iterable[Object], asked: Asked) -> Iterator[Object]:
    return (each for each in found if each.uuid not in asked.unreadable)


def _item(store: Store, found: Object, asked: Asked) -> Document:
    hrefs = not asked.is_set('exclude_hrefs')
    fields = asked.words('fields')
    if asked.is_set('detail'):
        # Fields come on top of all properties and references here, and alone otherwise.
        view = shapes.View(named=frozenset(fields or ()), hrefs=hrefs)
        return {asked.kind: shapes.whole(store, found, asked.base, view)}
    if fields is None:
        return shapes.short(found, asked.base, hrefs)
    return shapes.whole(store, found, asked.base, shapes.View(frozenset(fields), hrefs=hrefs))


def _meant(store: Store, asked: Asked, after: str) -> Iterator[Object]:
    parents = _parents(store, asked)
    referred = asked.words('back_ref_id')
    uuids = asked.words('obj_uuids')
    names = asked.words('fq_names')
    found = store.of_type(asked.kind, after) if names is None else store.spelled(asked.kind, names, after)
    for each in found:
        if (
            (parents is None or each.parent in parents)
            and (referred is None or not each.refs.keys().isdisjoint(referred))
            and (uuids is None or each.uuid in uuids)
            and (not asked.is_set('shared') or each.properties.get('is_shared'))
            and may_see(each, asked.caller)
        ):
            yield each


def _parents(store: Store, asked: Asked) -> frozenset[str] | None:
    """Return the parents that are asked for; one that is gone has no children, whoever still names it."""
    given = asked.words('parent_id')
    name = asked.options.get('parent_fq_name_str')
    if given is None and name is None:
        return None
    uuids = set(given or ())
    for kind in schema.TYPES[asked.kind].parents if name else ():
        found = store.named(kind, tuple(str(name).split(':')))
        uuids |= {found.uuid} if found else set()
    return frozenset(each for each in uuids if each in store.objects)


def may_see(found: Object, caller: Caller | None) -> bool:
    """Return whether an object is shown to a caller; None stands for one who sees all."""
    if caller is None:
        return True
    perms: Mapping[str, Any] = found.properties.get('perms2', {})
    is_visible = found.properties.get('id_perms', {}).get('user_visible', True)
    is_own = spelled(str(perms.get('owner'))) == caller.project
    return bool(is_visible and (is_own or perms.get('global_access') or perms.get('share')))
