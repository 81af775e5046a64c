"""Records as a service may give them one day: each field of one record changed, emptied or left out.

Whatever a record says, it is listed or the listing fails, and what ``discover`` tells is what ``look`` tells.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from orphancleanup.model import Resource
from orphancleanup.testing.checks.fake_records import records
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.checks.subject import Subject
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import Request

MISSING = object()


class _Generous(dict[str, Any]):
    """What is within a list: has every field that it is asked for."""

    def __getitem__(self, key: str) -> Any:
        return f'kit-{key}'

    def get(self, key: str, default: Any = None) -> Any:
        return f'kit-{key}'

    def __contains__(self, key: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return '{whatever it is asked for}'


_VALUES: tuple[Any, ...] = (
    'kit-text',
    None,
    '',
    [],
    {},
    ['kit-text'],
    {'kit-key': 'kit-value'},
    [_Generous()],
    True,
    7,
)


class _Traced(dict[str, Any]):
    """A record that remembers which of its fields were read."""

    def __init__(self, record: Item, reads: set[str]) -> None:
        super().__init__(record)
        self._reads = reads

    def __getitem__(self, key: str) -> Any:
        self._reads.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._reads.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self._reads.add(str(key))
        return super().__contains__(key)

    def __deepcopy__(self, memo: dict[int, Any]) -> Item:
        return copy.deepcopy(dict(self), memo)


@dataclass(frozen=True, slots=True)
class Alteration:
    """A field of a record, and what stands in it instead.

    :param is_plausible: whether a service may well say so: what is expected, nothing at all, or no such field.
    """

    field: str
    value: object
    is_plausible: bool

    def __str__(self) -> str:
        return f'{self.field!r} ' + ('is missing' if self.value is MISSING else f'is {self.value!r}')


@dataclass(frozen=True, slots=True)
class Altered:
    """A cloud in which one record is altered.

    :param victim: as it was told before.
    """

    alteration: Alteration
    cloud: FakeCloud
    victim: Resource

    def observed(self) -> ObservedCloud:
        """Return the cloud as a handler is to see it; what is missing is missing in the answers only."""
        return (
            without(self.cloud, self.victim, {self.alteration.field})
            if self._is_missing
            else ObservedCloud(self.cloud)
        )

    @property
    def _is_missing(self) -> bool:
        return self.alteration.value is MISSING


def altered(subject: Subject) -> Iterator[Altered]:
    """Yield a cloud with one record altered, for each field that the record has or that the handler reads."""
    cloud = subject.cloud()
    victim = subject.victim(cloud)
    reads = _reads(subject, cloud, victim)
    for record in records(cloud, victim.id):
        original = copy.deepcopy(record)
        for field in sorted((set(record) | reads) - {'id'} - subject.suite.deciding_fields):
            for value in (*_VALUES, MISSING):
                if value is not MISSING:
                    record[field] = copy.deepcopy(value)
                yield Altered(_alteration(field, original.get(field), value), cloud, victim)
                record.clear()
                record.update(copy.deepcopy(original))


def without(cloud: FakeCloud, resource: Resource, fields: set[str]) -> ObservedCloud:
    """Return a cloud whose answers about a resource lack fields."""

    def less(record: Item) -> Item:
        return {name: value for name, value in record.items() if name not in fields}

    def rewrite(_: int, request: Request, document: Any) -> Any:
        return rewritten(document, resource.id, less)

    return ObservedCloud(cloud, rewrite=rewrite)


def rewritten(document: Any, identifier: str, change: Callable[[Item], Item]) -> Any:
    """Return a document with the records of one resource changed."""
    if type(document) is list:
        return [rewritten(each, identifier, change) for each in document]
    if type(document) is not dict:
        return document
    inner = {name: rewritten(value, identifier, change) for name, value in document.items()}
    return change(inner) if document.get('id') == identifier else inner


def _reads(subject: Subject, cloud: FakeCloud, victim: Resource) -> set[str]:
    reads: set[str] = set()

    def rewrite(_: int, request: Request, document: Any) -> Any:
        return rewritten(document, victim.id, lambda record: _Traced(record, reads))

    observed = ObservedCloud(cloud, rewrite=rewrite)
    subject.discover(observed)
    subject.look(observed, victim.ref)
    return reads


def _alteration(field: str, current: object, value: object) -> Alteration:
    is_alike = type(value) is type(current) and (not isinstance(value, list) or not value)
    return Alteration(field, value, value is None or value is MISSING or is_alike)
