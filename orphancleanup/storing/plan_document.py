"""A plan as plain JSON values, as they are in its file, and back. References are written ``kind:id``."""

import datetime
from dataclasses import asdict
from typing import Any

from orphancleanup.errors import UsageError
from orphancleanup.judging.plan import Entry, Plan, Unresolved
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import CloudIdentity, Condition, Part, Project, Ref, Resource, Scope, Unread
from orphancleanup.storing.documents import Node, Rows


def written(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain JSON values; its entries are made one by one, whenever they are asked for."""
    return {
        'created_at': plan.created_at.isoformat(),
        'cloud': asdict(plan.cloud),
        'has_baseline': plan.has_baseline,
        'seen': dict(plan.seen),
        'requests': dict(plan.requests),
        'projects': {project.id: asdict(project) for project in plan.projects.values()},
        'unread': [_unread_document(unread) for unread in plan.unread],
        'unresolved': [{'ref': str(each.ref), 'why': each.why} for each in plan.unresolved],
        'stuck_seconds': None if plan.stuck is None else round(plan.stuck.total_seconds()),
        'entries': Rows(lambda: map(_entry_document, plan.entries)),
    }


def _entry_document(entry: Entry) -> dict[str, Any]:
    return {
        'resource': _resource_document(entry.resource),
        'reasons': [{'code': reason.code, 'text': reason.text} for reason in entry.reasons],
        'owners': [str(ref) for ref in entry.owners],
        'waits_for': [str(ref) for ref in entry.waits_for],
    }


def _resource_document(resource: Resource) -> dict[str, Any]:
    return {
        'ref': str(resource.ref),
        'name': resource.name,
        'project_id': resource.project_id,
        'status': resource.status,
        'created_at': resource.created_at.isoformat() if resource.created_at else None,
        'mark': resource.mark,
        'updated_at': resource.updated_at.isoformat() if resource.updated_at else None,
        'condition': str(resource.condition),
        'parents': [str(ref) for ref in resource.parents],
        'blockers': [str(ref) for ref in resource.blockers],
        'owners': [str(ref) for ref in resource.owners],
        'goes_with': [str(ref) for ref in resource.goes_with],
        'holds': [str(ref) for ref in resource.holds],
        'retains': [str(ref) for ref in resource.retains],
        'alters': [str(ref) for ref in resource.alters],
        'others': [_part_document(part) for part in resource.others],
        'serves': sorted(resource.serves),
        'tags': sorted(resource.tags),
        'is_system': resource.is_system,
        'is_for_all': resource.is_for_all,
        'protection': resource.protection,
        'unused': resource.unused,
        'capacity': resource.capacity,
        'details': dict(resource.details),
    }


def _part_document(part: Part) -> dict[str, Any]:
    return {'resource_type': part.resource_type, 'id': part.id}


def _unread_document(unread: Unread) -> dict[str, Any]:
    scope = unread.scope
    return {
        'kind': scope.kind,
        'project_id': scope.project_id,
        'owner': _ref_text(scope.owner),
        'ref': _ref_text(scope.ref),
        'why': unread.why,
    }


def _ref_text(ref: Ref | None) -> str | None:
    return str(ref) if ref else None


def read_cloud(node: Node) -> CloudIdentity:
    """Read which cloud a plan is for.

    :raises PlanError: when it is not there, or of the wrong type; so of all here that read.
    """
    names = ('auth_url', 'region', 'user_id', 'project_id', 'fingerprint')
    return CloudIdentity(**{name: node.member(name).text() for name in names})


def read(root: Node) -> Plan:
    """Read a plan; the digest of its file has been checked."""
    entries = tuple(_entry(node) for node in root.member('entries').elements())
    if len({entry.ref for entry in entries}) < len(entries):
        raise root.refuse('names a resource twice')
    return Plan(
        cloud=read_cloud(root.member('cloud')),
        created_at=root.member('created_at').time(),
        entries=entries,
        seen={kind: node.number() for kind, node in root.member('seen').items()},
        requests={kind: node.number() for kind, node in root.member('requests').items()},
        projects={project: _project(project, node) for project, node in root.member('projects').items()},
        has_baseline=root.member('has_baseline').truth(),
        unread=tuple(_unread(node) for node in root.member('unread').elements()),
        unresolved=tuple(
            Unresolved(_ref(each.member('ref')), each.member('why').text())
            for each in root.member('unresolved').elements()
        ),
        stuck=_seconds_or_none(root.member('stuck_seconds')),
    )


def _seconds_or_none(node: Node) -> datetime.timedelta | None:
    if node.value is None:
        return None
    try:
        return datetime.timedelta(seconds=node.number())
    except OverflowError:
        node.fail('a number of seconds')


def _project(identifier: str, node: Node) -> Project:
    return Project(
        identifier,
        node.member('name').text(),
        node.member('domain_id').text(),
        node.member('is_enabled').truth(),
    )


def _unread(node: Node) -> Unread:
    scope = Scope(
        node.member('kind').text(),
        node.member('project_id').text(),
        _ref_or_none(node.member('owner')),
        _ref_or_none(node.member('ref')),
    )
    return Unread(scope, node.member('why').text())


def _entry(node: Node) -> Entry:
    return Entry(
        resource=_resource(node.member('resource')),
        reasons=tuple(
            Reason(each.member('code').text(), each.member('text').text())
            for each in node.member('reasons').elements()
        ),
        owners=_refs(node.member('owners')),
        waits_for=_refs(node.member('waits_for')),
    )


def _resource(node: Node) -> Resource:
    return Resource(
        ref=_ref(node.member('ref')),
        name=node.member('name').text(),
        project_id=node.member('project_id').text(),
        status=node.member('status').text(),
        created_at=node.member('created_at').time_or_none(),
        mark=node.member('mark').text(),
        updated_at=node.member('updated_at').time_or_none(),
        condition=_condition(node.member('condition')),
        parents=_refs(node.member('parents')),
        blockers=_refs(node.member('blockers')),
        owners=_refs(node.member('owners')),
        goes_with=_refs(node.member('goes_with')),
        holds=_refs(node.member('holds')),
        retains=_refs(node.member('retains')),
        alters=_refs(node.member('alters')),
        others=tuple(_part(each) for each in node.member('others').elements()),
        serves=frozenset(node.member('serves').texts()),
        tags=frozenset(node.member('tags').texts()),
        is_system=node.member('is_system').truth(),
        is_for_all=node.member('is_for_all').truth(),
        protection=node.member('protection').text(),
        unused=node.member('unused').text(),
        capacity=node.member('capacity').number_or_none(),
        details=node.member('details').mapping(),
    )


def _condition(node: Node) -> Condition:
    try:
        return Condition(node.text())
    except ValueError:
        node.fail('a condition')


def _part(node: Node) -> Part:
    return Part(node.member('resource_type').text(), node.member('id').text())


def _ref(node: Node) -> Ref:
    try:
        return Ref.parse(node.text())
    except UsageError:
        node.fail('KIND:ID')


def _ref_or_none(node: Node) -> Ref | None:
    return None if node.value is None else _ref(node)


def _refs(node: Node) -> tuple[Ref, ...]:
    return tuple(_ref(each) for each in node.elements())
