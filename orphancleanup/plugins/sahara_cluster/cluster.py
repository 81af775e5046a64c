"""Clusters, each in its own project, with the stack that it is made of."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Forbidden, IncompleteListing, NotFound, PartlyListed
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Evidence, Level, Ref, Resource
from orphancleanup.plugins.sahara_cluster import projects, rows, stack
from orphancleanup.records import Record, segment
from orphancleanup.states import States

PATH = '/v2/clusters'
_DELETING, _ERROR = 'Deleting', 'Error'

_Found = tuple[Sequence[Resource], Sequence[Record]]


class Cluster(Handler):
    """A cluster; its id here is ``PROJECT_ID/ID``, since Sahara answers a question about it to its own project only.

    It is made of one stack, which Sahara deletes in the name of the cluster's creator. When that fails, Sahara goes on
    saying ``Deleting``, and nothing else: only the stack tells.
    """

    kind, service = 'sahara-cluster', 'data-processing'
    levels = frozenset({Level.API, Level.FORCE})
    states = States(creation_failed=frozenset({_ERROR}), leaving=frozenset({_DELETING}))
    deadline = 900.0

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`.

        :raises PartlyListed: when the account has no role in some projects.
        """
        # First, so that a cloud without Sahara costs nothing.
        cloud.service(self.service)
        known = projects.read(cloud)
        listed = cloud.in_each(known.open, self._of_project)
        found = [each for own, _ in listed for each in own]
        # A public cluster is shown to every project, also when its own is gone; all others are in the database only.
        others = [each for _, shown in listed for each in shown] + list(rows.read(cloud) or ())
        orphaned = {each['id']: each for each in others if each['project_id'] not in known}
        found += self._of_dead_projects(cloud, list(orphaned.values()))
        if known.shut:
            raise PartlyListed(found, known.shut)
        yield from found

    def discover_in(self, cloud: Cloud, project_ids: Collection[str]) -> Iterator[Resource]:
        """See :class:`orphancleanup.handler.ListsByProject`."""
        cloud.service(self.service)
        known = projects.read(cloud)
        wanted = frozenset(project_ids)
        listed = cloud.in_each([each for each in known.open if each in wanted], self._of_project)
        found = [each for own, _ in listed for each in own]
        shut = {each: why for each, why in known.shut.items() if each in wanted}
        if shut:
            raise PartlyListed(found, shut)
        yield from found

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`.

        :raises IncompleteListing: when its project is gone, or shut to us, and so nobody is told whether it is there.
        """
        project_id, _, identifier = ref.id.partition('/')
        cloud.service(self.service)
        if not identifier:
            return None
        try:
            inside = cloud.project(project_id)
        except (Forbidden, NotFound) as error:
            return self._shown_to_all(cloud, ref, error)
        try:
            document = inside.service(self.service).get(f'{PATH}/{segment(identifier)}')
        except NotFound:
            return None
        record = self._shown(document, ref)
        if record['project_id'] != project_id:
            # A public one of another project has another id here.
            return None
        return self._resource(record, stack.of_project(inside), ref)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`.

        ``force`` makes Sahara forget the cluster, and the trust that its stack needs to be deleted: of a cluster that
        is well it leaves everything behind. So it is only for one whose deletion was tried.
        """
        level = Level.FORCE if resource.details.get('is_protected') else Level.API
        has_failed = resource.details.get('stack', {}).get('status') == stack.FAILED
        steps = []
        if resource.details.get('is_protected'):
            steps.append(Step('unprotect', _unprotect, Level.FORCE, removes=False))
        if has_failed:
            steps.append(Step('delete-stack', _delete_stack, level, removes=False))
        # By another name, so that it is tried after a deletion that failed: what stood in the way may be gone by now.
        name = 'delete-again' if has_failed or resource.status == _DELETING else 'delete'
        steps.append(Step(name, _delete, level))
        if resource.condition is not Condition.NORMAL:
            steps.append(Step('force', _force, Level.FORCE, keeps_parts=True))
        return steps

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterator[Evidence]:
        """Yield what Sahara tells of its status, and what Heat tells of its stack."""
        if resource.details.get('description'):
            yield Evidence('status', resource.details['description'])
        known = resource.details.get('stack', {})
        if known:
            yield Evidence('status', f'its stack {known["name"]} ({known["id"]}) is {known["status"]}')

    def _of_project(self, inside: Cloud) -> _Found:
        """Return the clusters of a project, and what of others it is shown."""
        listed = list(inside.service(self.service).pages(PATH, 'clusters'))
        owners = [records.identifier(each, self.kind, 'project_id') for each in listed]
        own = [each for each, owner in zip(listed, owners, strict=True) if owner == inside.project_id]
        stacks = stack.of_project(inside) if own else ()
        others = [each for each, owner in zip(listed, owners, strict=True) if owner != inside.project_id]
        for each in others:
            records.identifier(each, self.kind)
        return [self._resource(each, stacks) for each in own], others

    def _of_dead_projects(self, cloud: Cloud, listed: Sequence[Record]) -> Iterable[Resource]:
        for each in listed:
            yield self._resource(each, stack.of_dead_project(cloud, each['project_id']))

    def _shown_to_all(self, cloud: Cloud, ref: Ref, why: Exception) -> Resource | None:
        """Return a cluster as every project is shown it, because it is public, or as the database has it."""
        project_id, _, identifier = ref.id.partition('/')
        try:
            document = cloud.service(self.service).get(f'{PATH}/{segment(identifier)}')
        except NotFound as error:
            found = rows.read(cloud, identifier)
            if found is None:
                raise IncompleteListing(
                    f'Sahara shows clusters to their own project only; whether {ref} is there cannot be told: {why} '
                    f'Its database tells: set sahara_connection in [mysql-fallback].'
                ) from error
            if not found:
                return None
            document = {'cluster': found[0]}
        record = self._shown(document, ref)
        # It was adopted when it is ours by now.
        if record['project_id'] not in (project_id, cloud.project_id):
            raise IncompleteListing(f'Sahara shows {ref} as one of another project; run again.')
        return self._resource(record, stack.of_dead_project(cloud, project_id), ref)

    def _shown(self, document: Any, ref: Ref) -> Record:
        record = records.one(document, 'cluster', str(ref))
        for field in ('id', 'project_id'):
            records.identifier(record, self.kind, field)
        return record

    def _resource(self, record: Record, stacks: Sequence[Record], ref: Ref | None = None) -> Resource:
        project_id = records.identifier(record, self.kind, 'project_id')
        identifier = records.identifier(record, self.kind)
        name = records.identifier(record, self.kind, 'name')
        status = records.required(record, 'status', self.kind)
        own = stack.told(record, stacks)
        return Resource(
            ref or Ref(self.kind, f'{project_id}/{identifier}'),
            name=name,
            project_id=project_id,
            status=status,
            created_at=records.timestamp(record.get('created_at')),
            updated_at=records.timestamp(record.get('updated_at')),
            condition=_condition(status, own.get('status', '')),
            holds=(Ref(stack.KIND, own['id']),) if own else (),
            details={
                'is_protected': records.present(record, 'is_protected', self.kind) is True,
                'description': record.get('status_description') or '',
                'stack': own,
            },
        )


def _condition(status: str, stack_status: str) -> Condition:
    """Return what a status means, together with that of the stack.

    ``Error`` may also be a cluster whose scaling failed, and that is well otherwise: then it has its stack.
    """
    if status in (_DELETING, _ERROR) and stack_status == stack.FAILED:
        return Condition.DELETION_FAILED
    if status == _ERROR and stack_status not in ('', 'CREATE_FAILED'):
        return Condition.NORMAL
    return Cluster.states.condition(status)


def _path(resource: Resource) -> str:
    return f'{PATH}/{segment(resource.id.partition("/")[2])}'


def _delete(cloud: Cloud, resource: Resource) -> None:
    projects.within(cloud, resource.project_id).service(Cluster.service).delete(_path(resource))


def _delete_stack(cloud: Cloud, resource: Resource) -> None:
    own = resource.details['stack']
    stack.delete(projects.within(cloud, resource.project_id), own['name'], own['id'])


def _unprotect(cloud: Cloud, resource: Resource) -> None:
    service = projects.within(cloud, resource.project_id).service(Cluster.service)
    service.patch(_path(resource), {'is_protected': False})


def _force(cloud: Cloud, resource: Resource) -> None:
    """Have Sahara forget a cluster, and Heat delete its stack.

    Sahara begins to delete the stack that it names with a trust that it then removes, so that Heat ends in
    DELETE_FAILED, unless it is told once more by somebody else.
    """
    inside = projects.within(cloud, resource.project_id)
    stacks = {each['stack_name']: each for each in stack.of_project(inside)}
    answer = inside.service(Cluster.service).delete(_path(resource), body={'force': True})
    name = answer.get('stack_name') if isinstance(answer, Mapping) else None
    if name in stacks:
        stack.delete_after(inside, stacks[name]['stack_name'], stacks[name]['id'])
