"""Objects to the JSON that the server shows, and requests and answers as values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.contrail import schema
from lab.contrail.store import Object, Store

Document = dict[str, Any]
TEXT = 'text/html; charset=UTF-8'


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came.

    :ivar headers: by their names in small letters.
    :ivar base: what the server takes for its own address.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    base: str = 'http://localhost:8082'


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back.

    :ivar body: a JSON value, or a plain text where ``content_type`` is that of a text.
    :ivar is_broken: whether the body breaks off, as that of the real server's own 403 does on Python 3.
    """

    status: int = 200
    body: Any = None
    content_type: str = 'application/json'
    is_broken: bool = False


class Refusal(Exception):
    """An answer that says no, as a plain text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    def answer(self) -> Answer:
        """Return what is sent."""
        return Answer(self.status, self.text, TEXT)


@dataclass(frozen=True, slots=True)
class View:
    """What of an object is shown.

    :ivar fields: the fields that are shown alone; None for all properties and references.
    :ivar named: the fields that are shown besides, when not alone.
    :ivar children: whether children are shown that were not asked for by name; so ``back_refs``.
    :ivar hrefs: whether addresses are shown.
    """

    fields: frozenset[str] | None = None
    named: frozenset[str] = frozenset()
    children: bool = False
    back_refs: bool = False
    hrefs: bool = True

    def shows(self, name: str, otherwise: bool = True) -> bool:
        """Return whether a field is shown."""
        return name in self.fields if self.fields is not None else otherwise or name in self.named


def short(found: Object, base: str, hrefs: bool = True) -> Document:
    """Return what a plain listing shows."""
    document: Document = {'uuid': found.uuid, 'fq_name': list(found.name)}
    if hrefs:
        document['href'] = f'{base}/{found.type}/{found.uuid}'
    return document


def whole(store: Store, found: Object, base: str, view: View) -> Document:
    """Return an object as it is shown by itself and in detailed listings; what has nothing in it is left out."""
    document = {**short(found, base, view.hrefs), 'name': found.name[-1]}
    if found.parent:
        document |= {'parent_type': found.parent_type, 'parent_uuid': found.parent}
        if view.hrefs:
            document['parent_href'] = f'{base}/{found.parent_type}/{found.parent}'
    document |= {name: value for name, value in found.properties.items() if view.shows(name)}
    parts: tuple[tuple[str, bool, Callable[[str], Iterable[Document]]], ...] = (
        ('{}_refs', True, lambda kind: _refs(store, found, kind, base, view)),
        ('{}s', view.children, lambda kind: _listed(store.children(found.uuid, kind), base, view)),
        ('{}_back_refs', view.back_refs, lambda kind: _listed(store.referrers(found.uuid, kind), base, view)),
    )
    own = schema.TYPES[found.type]
    for types, (form, otherwise, make) in zip(
        (own.refs, schema.children_of(found.type), schema.referrers_of(found.type)), parts, strict=True
    ):
        for kind in types:
            name = form.format(schema.field(kind))
            if view.shows(name, otherwise) and (members := list(make(kind))):
                document[name] = members
    return document


def _refs(store: Store, found: Object, kind: str, base: str, view: View) -> Iterable[Document]:
    for identifier, (other_kind, attribute) in found.refs.items():
        if other_kind == kind:
            other = store.objects.get(identifier)
            document: Document = {
                'to': list(other.name) if other else [],
                'uuid': identifier,
                'attr': attribute,
            }
            if view.hrefs:
                document['href'] = f'{base}/{kind}/{identifier}'
            yield document


def _listed(found: Iterable[Object], base: str, view: View) -> Iterable[Document]:
    for each in found:
        document: Document = {'to': list(each.name), 'uuid': each.uuid}
        if view.hrefs:
            document['href'] = f'{base}/{each.type}/{each.uuid}'
        yield document
