"""Kinds that ship, and the one of the documentation, spoiled."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from your_package.workflow import Workflow

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import CloudError, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Part, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.testing import CollectionOptions, FakeCloud


class _Forgetful:
    """A service whose caller forgets a part of its queries."""

    def __init__(self, service: Any, forgotten: frozenset[str]) -> None:
        self._service = service
        self._forgotten = forgotten

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def pages(
        self, path: str, key: str, query: Query | None = None, past_end: bool = False
    ) -> Iterator[dict[str, Any]]:
        left = {name: value for name, value in (query or {}).items() if name not in self._forgotten}
        found: Iterator[dict[str, Any]] = self._service.pages(path, key, left, past_end)
        return found


class _Forgetting:
    """A cloud with such services."""

    def __init__(self, cloud: Cloud, *forgotten: str) -> None:
        self._cloud = cloud
        self._forgotten = frozenset(forgotten)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def service(self, service_type: str, microversion: str | None = None) -> Any:
        return _Forgetful(self._cloud.service(service_type, microversion), self._forgotten)


def fill_workflows(cloud: FakeCloud, count: int) -> None:
    """Bring in the workflows of Mistral, which it shows of other projects only when it is asked for them."""
    options = CollectionOptions(all_tenants='all_projects', is_item_wrapped=False)
    workflows = cloud.collection('workflow', '/workflows', 'workflows', options)
    for number in range(count):
        workflows.add(name=f'workflow {number}', project_id=f'project-{number}')


class OwnWorkflows(Workflow):
    """The example of the documentation without ``all_projects``."""

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return super().discover(_Forgetting(cloud, 'all_projects'))  # type: ignore[arg-type]


class OwnVolumes(Volume):
    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        return super().discover(_Forgetting(cloud, 'all_tenants'))  # type: ignore[arg-type]


class VolumesOfNobody(Volume):
    """Does not see what Cinder's listing lacks for who is no administrator, and takes a refusal for an empty cloud."""

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        try:
            yield from super().discover(cloud)
        except CloudError:
            return


class UsedVolumeLooksFree(Volume):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        return dataclasses.replace(found, blockers=()) if found else None


class UntaggedVolume(Volume):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        return dataclasses.replace(found, tags=frozenset()) if found else None


class ImageVolumesLookOrdinary(Volume):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        return dataclasses.replace(found, is_system=False) if found else None


class VolumeGoneWithoutDocument(Volume):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            return super().look(cloud, asked)
        except CloudError:
            return None


class EverythingIsGentle(Volume):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return tuple(dataclasses.replace(step, level=Level.API) for step in super().ladder(resource))


class SnapshotsToo(Volume):
    """Deletes what Cinder would refuse the volume for."""

    def ladder(self, resource: Resource) -> Sequence[Step]:
        first, *others = super().ladder(resource)

        def run(cloud: Cloud, volume: Resource) -> None:
            service = cloud.service(self.service, block_storage.MICROVERSION)
            for each in list(block_storage.listing(cloud, '/snapshots/detail', 'snapshots')):
                if records.required(each, 'volume_id', 'cinder-snapshot') == volume.id:
                    service.delete(f'/snapshots/{each["id"]}')
            first.run(cloud, volume)

        return (dataclasses.replace(first, run=run), *others)


class ResetsUsedVolumes(Volume):
    """Resets a volume without asking whether a snapshot keeps it."""

    def ladder(self, resource: Resource) -> Sequence[Step]:
        def run(cloud: Cloud, volume: Resource) -> None:
            rungs.reset_state('/volumes').run(cloud, volume)

        steps = super().ladder(resource)
        return tuple(
            dataclasses.replace(step, run=run) if step.name == 'reset-state' else step for step in steps
        )


class OtherVolumesToo(Volume):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        def run(cloud: Cloud, volume: Resource) -> None:
            for each in list(self.discover(cloud)):
                if each.name.startswith(volume.name):
                    cloud.service(self.service).delete(f'/volumes/{each.id}')

        return (Step('delete', run), *super().ladder(resource)[1:])


class StackShownByItsId(Stack):
    """A deleted stack is still shown by its id."""

    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        return next((each for each in self.discover(cloud) if each.id == asked.id), None) or Resource(
            getattr(asked, 'ref', asked)
        )


class StackWithoutConditions(Stack):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        found = super().look(cloud, asked)
        return dataclasses.replace(found, details={}) if found else None


class StackGoneWithItsParts(Stack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterator[Part]:
        try:
            yield from super().parts(cloud, resource)
        except CloudError as error:
            raise NotFound(404, 'The Stack could not be found.') from error


class StackWithoutParts(Stack):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterator[Part]:
        try:
            yield from super().parts(cloud, resource)
        except CloudError:
            return


class StackByNameOnly(Stack):
    """Heat would take the newest stack of that name."""

    def ladder(self, resource: Resource) -> Sequence[Step]:
        def run(cloud: Cloud, stack: Resource) -> None:
            cloud.service(self.service).delete(f'/stacks/{records.segment(stack.name)}')

        return (Step('delete', run),)


class HiddenStacksLeftOut(Stack):
    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        return super().discover(_Forgetting(cloud, 'show_hidden'))  # type: ignore[arg-type]


class StackTagsForgotten(Stack):
    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        return (dataclasses.replace(each, tags=frozenset()) for each in super().discover(cloud))
