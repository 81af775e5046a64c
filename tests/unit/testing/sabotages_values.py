"""Gadgets whose attributes or resources are not what the contract says that they are."""

import dataclasses
import datetime
from collections.abc import Iterable
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.testing.collection import Item
from tests.unit.testing.gadget import ALL, SERVICE, Gadget


class Shouting(Gadget):
    kind = 'Gadget_1'


class AfterText(Gadget):
    after = 'gadget-user'  # type: ignore[assignment]


class AfterItself(Gadget):
    after = ('gadget',)


class LevelNames(Gadget):
    levels = frozenset({'api', 'force'})  # type: ignore[arg-type]


class DeadlineText(Gadget):
    deadline = '300'  # type: ignore[assignment]


class Needy(Gadget):
    def __init__(self, color: str) -> None:
        self.color = color


class LatestEverything(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        return cloud.service(SERVICE, 'latest').pages('/gadgets', 'gadgets', ALL, past_end=True)


class OtherKind(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), ref=Ref('widget', record['id']))


class NaiveTimes(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), created_at=datetime.datetime(2026, 1, 1))


class LocalTimes(Gadget):
    def read(self, record: Any) -> Resource:
        zone = datetime.timezone(datetime.timedelta(hours=2))
        return dataclasses.replace(
            super().read(record), created_at=datetime.datetime(2026, 1, 1, tzinfo=zone)
        )


class DetailsOfSets(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), details={'users': {'a'}})


class DetailsOfTuples(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), details={'users': ('a',)})


class DetailsByNumber(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), details={1: 'a'})


class DetailsNotANumber(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), details={'load': float('nan')})


class TagList(Gadget):
    def read(self, record: Any) -> Resource:
        found = super().read(record)
        return dataclasses.replace(found, tags=sorted(found.tags))  # type: ignore[arg-type]


class ParentIds(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), parents=(record['carrier_id'],))


class OwnParent(Gadget):
    def read(self, record: Any) -> Resource:
        found = super().read(record)
        return dataclasses.replace(found, parents=(found.ref,))


class RaisesAtBrokenTimes(Gadget):
    def read(self, record: Any) -> Resource:
        moment = datetime.datetime.fromisoformat(record['created_at'])
        return dataclasses.replace(super().read(record), created_at=moment)


class NamelessIsNone(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), name=record.get('name'))


class Undeclared(Gadget):
    levels = frozenset({Level.API})
