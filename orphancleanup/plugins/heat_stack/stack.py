"""Stacks: root ones, with all that they and the stacks nested in them hold, and nested ones that lost their parent."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import IncompleteListing, NotFound, ServiceAbsent
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Part, Ref, Resource
from orphancleanup.plugins.heat_stack import (
    abandoning,
    condition,
    creator,
    failures,
    orchestration,
    parts,
    phantoms,
)


class Stack(Handler):
    """A root stack: Heat deletes nested stacks with it, and all of it in the caller's name.

    A nested one is a resource of its own only when the stack that it was nested in is gone, as one that was abandoned.
    """

    kind = 'heat-stack'
    service = orchestration.SERVICE
    # A cluster is made of a stack.
    after = ('sahara-cluster',)
    resource_types = ('OS::Heat::Stack',)
    levels = frozenset({Level.API, Level.FORCE})
    states = condition.STATES
    adds_to = phantoms.NAMING
    deadline = 900.0

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`.

        :raises IncompleteListing: when Heat does not take the caller for an administrator.
        """
        service = cloud.service(self.service)
        listed = [_resource(record) for record in orchestration.every_level(cloud)]
        known = {each.id for each in listed}
        for each in listed:
            if _is_own(cloud, each, known):
                yield condition.told(service, each)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`. Shown by its id alone, a deleted stack is still there; it is not listed."""
        for record in orchestration.every_level(cloud, {'id': ref.id}):
            found = _resource(record)
            if found.id == ref.id and _is_own(cloud, found):
                return condition.told(cloud.service(self.service), found)
        return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`.

        Only a 403 calls for the creator's trusts, and only a deletion that failed or hangs for ``abandon``; see
        :mod:`.creator` and :mod:`.abandoning`.
        """
        return (
            Step('delete', _delete),
            Step('delete-trust', _delete_trust, Level.FORCE, after_forbidden=True),
            *((_ABANDON,) if resource.condition in abandoning.FROM else ()),
        )

    def parts(self, cloud: Cloud, resource: Resource) -> Iterator[Part]:
        """Yield what the stack and all stacks nested in it hold, with what loses something when that goes.

        A nested stack comes as the resource that holds it (``OS::Heat::ResourceGroup``), and is no stack of its own
        to anybody.

        :raises IncompleteListing: when it cannot be read whole; a 404 on the way does not mean that the stack is gone.
        """
        try:
            yield from parts.read(cloud.service(self.service), resource)
        except NotFound as error:
            raise IncompleteListing(
                f'What {resource.ref} holds could not be read; it may be gone, or not: {error}'
            ) from error

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterator[Evidence]:
        """Yield who made the stack, why it and its resources failed or hang, whether its creator stands in the way, and
        which of its parts do not exist.
        """
        owner = str(resource.details.get('owner') or '')
        if owner:
            yield Evidence('user', owner)
        for record in orchestration.every_level(cloud, {'id': resource.id}):
            if record.get('stack_status_reason'):
                yield Evidence('status', record['stack_status_reason'])
        listed = parts.resources(cloud.service(self.service), resource)
        failed = [each for each in listed if str(each.get('resource_status')).endswith('_FAILED')]
        yield from failures.states(listed)
        yield from failures.events(cloud.service(self.service), resource, failed)
        yield from creator.evidence(cloud, owner)
        yield from phantoms.of_stack(cloud, resource, listed)

    def has_work(self, cloud: Cloud) -> bool:
        """See :meth:`orphancleanup.handler.AddsSteps.has_work`: it adds evidence, wherever there is Heat."""
        return True

    def added(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`orphancleanup.handler.AddsSteps.added`: none."""
        return ()

    def added_evidence(self, cloud: Cloud, resource: Resource) -> Iterator[Evidence]:
        """Yield whether a server or a project names a stack that is gone."""
        try:
            yield from phantoms.of_named(cloud, resource)
        except ServiceAbsent:
            return


def _delete(cloud: Cloud, resource: Resource) -> None:
    cloud.service(Stack.service).delete(orchestration.path(resource.name, resource.id))


def _delete_trust(cloud: Cloud, resource: Resource) -> None:
    """Delete what keeps Heat from deleting the stack, and delete the stack once: a 403 is not tried again."""
    creator.remove_trusts(cloud, resource)
    _delete(cloud, resource)


_ABANDON = Step('abandon', abandoning.abandon, Level.FORCE, keeps_parts=True)


def _is_own(cloud: Cloud, found: Resource, known: Container[str] = frozenset()) -> bool:
    """Return whether a stack is none that is nested in another one: a root, or what its parent has left behind.

    :param known: the ids of stacks that are there.
    """
    return all(each.id not in known and orchestration.is_deleted(cloud, each.id) for each in found.parents)


def _resource(record: Mapping[str, Any]) -> Resource:
    return Resource(
        Ref(Stack.kind, records.identifier(record, Stack.kind)),
        name=records.identifier(record, Stack.kind, 'stack_name'),
        project_id=records.required(record, 'project', Stack.kind),
        status=record.get('stack_status') or '',
        created_at=records.timestamp(record.get('creation_time')),
        updated_at=records.timestamp(record.get('updated_time')),
        parents=_parents(record),
        tags=frozenset(records.present(record, 'tags', Stack.kind) or ()),
        details={'owner': record.get('stack_owner')},
    )


def _parents(record: Mapping[str, Any]) -> tuple[Ref, ...]:
    """Return the stack that one is nested in; releases before 2014.2 do not tell it."""
    parent = record.get('parent') or ''
    if not isinstance(parent, str):
        raise IncompleteListing(f'A {Stack.kind} came with {parent!r:.80} as its parent: that is no id.')
    return (Ref(Stack.kind, parent),) if parent else ()
