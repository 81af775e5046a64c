"""Gadgets that look at something else than they list, take an outage for the end, or change what they read."""

import contextlib
import dataclasses
import datetime
import random
from collections.abc import Iterable
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import (
    ApiError,
    CloudError,
    NotFound,
    OrphancleanupError,
    ServiceAbsent,
    ServiceHidden,
)
from orphancleanup.model import Condition, Evidence, Part, Ref, Resource
from tests.unit.testing.gadget import SERVICE, Gadget, Rack


class BelievesItsOwn404(Gadget):
    look_proves_end = True


class _LooksWithout(Gadget):
    """Tells less when it looks than when it lists."""

    less: dict[str, Any] = {}

    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        return dataclasses.replace(found, **self.less) if found else None


class LooksWithoutTags(_LooksWithout):
    less = {'tags': frozenset()}


class LooksWithoutSystem(_LooksWithout):
    less = {'is_system': False}


class LooksWithoutParents(_LooksWithout):
    less = {'parents': ()}


class LooksWithoutOwners(_LooksWithout):
    less = {'owners': ()}


class LooksWithoutBlockers(_LooksWithout):
    less = {'blockers': ()}


class LooksWithoutCondition(_LooksWithout):
    less = {'condition': Condition.NORMAL}


class LooksWithoutTimes(_LooksWithout):
    less = {'updated_at': None}


class LooksWithoutDetails(_LooksWithout):
    less = {'details': {}}


class LooksWithoutOwner(_LooksWithout):
    less = {'project_id': ''}


class LooksAtNobodys(Gadget):
    """Refuses a record without its owner when it lists, but not when it looks."""

    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        record = self.record(cloud, asked.id)
        return None if record is None else self.read({'project_id': '', **record})


class ShowsWithoutTags(Rack):
    def show(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = self.look(cloud, asked)
        return dataclasses.replace(found, tags=frozenset()) if found else None


class Untagged(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), tags=frozenset())


class TagsWithoutMetadata(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), tags=frozenset(record['tags'] or ()))


class TagsMayBeMissing(Gadget):
    def read(self, record: Any) -> Resource:
        return super().read({'tags': [], 'metadata': {}, **record})


class OwnerMayBeMissing(Gadget):
    def read(self, record: Any) -> Resource:
        return super().read({'project_id': None, **record})


class IdMayBeMissing(Gadget):
    def read(self, record: Any) -> Resource:
        return super().read({'id': record.get('id') or record.get('name'), **record})


class JustNow(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), updated_at=datetime.datetime.now(datetime.UTC))


class Blind(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            return super().look(cloud, asked)
        except ApiError:
            return None


class BlindWhenShown(Rack):
    def show(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            return self.look(cloud, asked)
        except CloudError:
            return None


class AbsentIsGone(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            return super().look(cloud, asked)
        except ServiceAbsent:
            return None


class HiddenIsGone(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            return super().look(cloud, asked)
        except ServiceHidden:
            return None


class NothingIsGone(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            document = cloud.service(SERVICE).get(self.path(asked.id))
        except NotFound:
            return None
        return self.read(document['gadget']) if document and document.get('gadget') else None


class ChokesOnNothing(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            return self.read(cloud.service(SERVICE).get(self.path(asked.id))['gadget'])
        except NotFound:
            return None


class NeverGone(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        return super().look(cloud, asked) or Resource(Ref(self.kind, asked.id))


class FirstOfAll(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        return next(iter(self.discover(cloud)), None)


class LeavingIsGone(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        return found if found and found.condition is not Condition.LEAVING else None


class StrangeIsLeaving(Gadget):
    def read(self, record: Any) -> Resource:
        found = super().read(record)
        known = found.status in ('available', 'error', 'error_deleting')
        return found if known else dataclasses.replace(found, condition=Condition.LEAVING)


class Wordless(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), condition=Condition.NORMAL)


class StatusElsewhere(Gadget):
    def read(self, record: Any) -> Resource:
        return super().read({**record, 'status': record.get('state', '')})


class ErrorIsLeaving(Gadget):
    def read(self, record: Any) -> Resource:
        found = super().read(record)
        return dataclasses.replace(found, condition=Condition.LEAVING) if found.status == 'error' else found


class Unquoted(Gadget):
    def path(self, identifier: str) -> str:
        return f'/gadgets/{identifier}'


class GoneWithItsCarrier(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        try:
            if found:
                cloud.service(SERVICE).get(f'/carriers/{records.segment(found.parents[0].id)}')
        except NotFound:
            return None
        return found


class WritesInDiscover(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for each in super().discover(cloud):
            with contextlib.suppress(OrphancleanupError):
                self.act(cloud, each, 'reset')
            yield each


class WritesInLook(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        if found:
            with contextlib.suppress(OrphancleanupError):
                self.act(cloud, found, 'touch')
        return found


class WritesInEvidence(Rack):
    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        with contextlib.suppress(OrphancleanupError):
            self.act(cloud, resource, 'reset')
        yield from super().evidence(cloud, resource)


class WritesInParts(Rack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        with contextlib.suppress(OrphancleanupError):
            cloud.service(SERVICE).put(self.path(resource.id), {'gadget': {'name': 'seen'}})
        return super().parts(cloud, resource)


class PartlessAt404(Rack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        try:
            return list(super().parts(cloud, resource))
        except CloudError as error:
            if isinstance(error.__cause__, NotFound):
                return ()
            raise


class PartlessInAnOutage(Rack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        try:
            return list(super().parts(cloud, resource))
        except ApiError:
            return ()


class GoneWithoutParts(Rack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        for each in cloud.service(SERVICE).get(f'{self.path(resource.id)}/parts')['parts']:
            yield Part('OS::Gadget::Part', each['id'])


class PartlessAtNothing(Rack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        try:
            document = cloud.service(SERVICE).get(f'{self.path(resource.id)}/parts')
        except NotFound as error:
            raise CloudError('not told') from error
        found = document.get('parts') if isinstance(document, dict) else None
        return [Part('OS::Gadget::Part', each['id']) for each in found or ()]


class UntypedParts(Rack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        return [dataclasses.replace(each, resource_type='') for each in super().parts(cloud, resource)]


class SpeechlessEvidence(Rack):
    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        try:
            fault = cloud.service(SERVICE).get(self.path(resource.id))['gadget']['color']
        except NotFound:
            fault = None
        yield Evidence('fault', fault.upper())


class Dice(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), details={'dice': random.random()})
