"""Gadgets whose listing is not the whole, or not what it seems."""

import contextlib
import dataclasses
import datetime
import itertools
from collections.abc import Collection, Iterable
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError, ListingMoved, ServiceAbsent, ServiceHidden
from orphancleanup.model import Resource
from orphancleanup.testing.collection import Item
from tests.unit.testing.gadget import ALL, SERVICE, Gadget


class OwnProjectOnly(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        return cloud.service(SERVICE, '2.1').pages('/gadgets', 'gadgets', past_end=True)


class FilteredByOwnProject(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        query = {**ALL, 'project_id': cloud.project_id}
        return cloud.service(SERVICE, '2.1').pages('/gadgets', 'gadgets', query, past_end=True)


class EverybodysIsOurs(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return (dataclasses.replace(each, project_id=cloud.project_id) for each in super().discover(cloud))


class NobodysAtAll(Gadget):
    def read(self, record: Any) -> Resource:
        return dataclasses.replace(super().read(record), project_id='')


class OwnLeftOut(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return (each for each in super().discover(cloud) if each.project_id != cloud.project_id)


class LivingProjectsOnly(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for project in [*cloud.service('identity').pages('/projects', 'projects'), {'id': 'project-1'}]:
            query = {**ALL, 'project_id': project['id']}
            yield from map(
                self.read, cloud.service(SERVICE).pages('/gadgets', 'gadgets', query, past_end=True)
            )


class FirstOfAProject(Gadget):
    def discover_in(self, cloud: Cloud, project_ids: Collection[str]) -> Iterable[Resource]:
        for project in project_ids:
            yield from [each for each in self.discover(cloud) if each.project_id == project][:-1]


class EmptyProjectAfterAFailure(Gadget):
    def discover_in(self, cloud: Cloud, project_ids: Collection[str]) -> Iterable[Resource]:
        with contextlib.suppress(CloudError):
            yield from [each for each in self.discover(cloud) if each.project_id in project_ids]


class Twice(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        found = list(super().discover(cloud))
        return found + found[:1]


class OneByOne(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return [each for one in super().discover(cloud) if (each := self.look(cloud, one))]


class FirstPage(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        found: list[Item] = cloud.service(SERVICE).get('/gadgets', ALL)['gadgets']
        return found


class FirstThousand(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        return itertools.islice(super().listing(cloud), 1000)


class NotPastTheEnd(Gadget):
    """For services without links."""

    def listing(self, cloud: Cloud) -> Iterable[Item]:
        return cloud.service(SERVICE, '2.1').pages('/gadgets', 'gadgets', ALL)


class BelievesCuts(Gadget):
    """Follows links by itself, and does not see that the last page says it was cut."""

    def listing(self, cloud: Cloud) -> Iterable[Item]:
        query: dict[str, Any] = dict(ALL)
        while True:
            document = cloud.service(SERVICE).get('/gadgets', query)
            yield from document['gadgets']
            if 'gadgets_links' not in document:
                return
            query['marker'] = document['gadgets'][-1]['id']


class Forgiving(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        try:
            yield from super().discover(cloud)
        except CloudError:
            return


class ForgivingMidway(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        found: list[Resource] = []
        try:
            for each in super().discover(cloud):
                found.append(each)
        except CloudError:
            if not found:
                raise
        return found


class ForgivingMoves(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        try:
            yield from super().discover(cloud)
        except ListingMoved:
            return


class AnyAnswerIsAListing(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        document = cloud.service(SERVICE).get('/gadgets', ALL)
        return (document.get('gadgets') or []) if isinstance(document, dict) else []


class AbsentIsEmpty(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        try:
            yield from super().discover(cloud)
        except ServiceAbsent:
            return


class HiddenIsEmpty(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        try:
            yield from super().discover(cloud)
        except ServiceHidden:
            return


class HiddenIsAbsent(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        try:
            yield from super().discover(cloud)
        except ServiceHidden as error:
            raise ServiceAbsent(str(error)) from error


class OtherService(Gadget):
    service = 'identity'


class ProjectsOrNothing(Gadget):
    """Lists what belongs to projects that Keystone shows, or nothing when there is no Keystone."""

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        try:
            list(cloud.service('identity').pages('/projects', 'projects'))
        except (ServiceAbsent, ServiceHidden):
            return
        yield from super().discover(cloud)


class SkipsTheNameless(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        return (each for each in super().listing(cloud) if each.get('name'))


class SkipsStrangeStates(Gadget):
    def listing(self, cloud: Cloud) -> Iterable[Item]:
        known = ('available', 'error', 'deleting', 'error_deleting')
        return (each for each in super().listing(cloud) if each.get('status') in known)


class SkipsBrokenTimes(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for record in self.listing(cloud):
            try:
                datetime.datetime.fromisoformat(record['created_at'])
            except (KeyError, TypeError, ValueError):
                continue
            yield self.read(record)


class SkipsWhatItCannotRead(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for record in self.listing(cloud):
            try:
                yield self.read(record)
            except CloudError:
                continue


class SkipsWhatIsNobodys(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return (each for each in super().discover(cloud) if each.project_id)


class SkipsDefaults(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return (each for each in super().discover(cloud) if not each.is_system)
