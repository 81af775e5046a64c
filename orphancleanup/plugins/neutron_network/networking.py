"""How Neutron lists, shows and explains what it has.

Source of the facts: the networking API reference, v2.0, and neutron of release 29.0.0, in the lab.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Forbidden, IncompleteListing, NotFound
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

SERVICE = 'network'
TAGS = ('tags',)
#: the target of a policy (RBAC) that shares something with all projects
EVERYBODY = '*'
# The quotas of other projects are shown to administrators only, of whatever project; no project has this id.
_NOBODY = '0' * 32
_NO_ADMIN = (
    "Neutron shows only what is in the account's own project: Neutron does not take it for an administrator; use a "
    'user with the role admin, or whatever its policy "context_is_admin" accepts.'
)


def require_administrator(cloud: Cloud) -> None:
    """Return when Neutron takes the caller for an administrator.

    To others it shows what is theirs, and says nothing about that; a look at all else ends in 404.

    :raises IncompleteListing: when it does not, or cannot be asked.
    """
    cloud.once('Neutron takes us for an administrator', lambda: _require_administrator(cloud))


def _require_administrator(cloud: Cloud) -> None:
    try:
        document = cloud.service(SERVICE).get(f'/quotas/{_NOBODY}')
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    except NotFound as error:
        raise IncompleteListing(f'Whether Neutron shows everything could not be told: {error}') from error
    records.inner(document, 'quota', 'the quotas of nobody')


def of_extension(cloud: Cloud, alias: str, listed: Iterator[Record]) -> Iterator[Record]:
    """Yield the records of a kind that Neutron has only with an extension; none without it.

    That the extension is absent says Neutron's own list of them; a 404 for the path alone says nothing.

    :param alias: of the extension.
    :param listed: the listing, which has not begun.
    """
    try:
        yield from listed
    except IncompleteListing as error:
        if not isinstance(error.__cause__, NotFound) or has_extension(cloud, alias):
            raise


def has_extension(cloud: Cloud, alias: str) -> bool:
    """Return whether Neutron has an extension.

    :raises IncompleteListing: when that cannot be told: every Neutron has some.
    """
    found = records.inner(
        cloud.service(SERVICE).get('/extensions'), 'extensions', 'the extensions of Neutron'
    )
    aliases = {records.identifier(each, 'an extension of Neutron', 'alias') for each in found}
    if not aliases:
        raise IncompleteListing('Neutron names no extension at all, so that what it has cannot be told.')
    return alias in aliases


def shared_with(
    handler: TableHandler, cloud: Cloud, found: Iterable[Record], object_type: str
) -> list[Record]:
    """Return records with the targets of the policies (RBAC) that share them, of which Neutron shows in them no others
    than that for all projects (``shared``, ``router:external``).

    :param object_type: what Neutron calls the kind in a policy.
    """
    wanted = list(found)
    if not wanted:
        return []
    one = {'object_id': records.identifier(wanted[0], handler.kind)} if len(wanted) == 1 else {}
    listed = cloud.service(SERVICE).pages(
        '/rbac-policies', 'rbac_policies', {'object_type': object_type, **one}
    )
    targets: dict[str, set[str]] = defaultdict(set)
    for policy in of_extension(cloud, 'rbac-policies', listed):
        shared = records.identifier(policy, 'neutron-rbac-policy', 'object_id')
        targets[shared].add(records.identifier(policy, 'neutron-rbac-policy', 'target_tenant'))
    return [{**each, 'shared_with': sorted(targets[str(each.get('id'))])} for each in wanted]


def shares(plain: Resource, record: Record, is_for_all: bool) -> Resource:
    """Return a resource with who may use it besides its own project.

    :param record: as :func:`shared_with` returned it.
    :param is_for_all: whether every project may, as the record tells.
    """
    targets = frozenset(record['shared_with'])
    return dataclasses.replace(
        plain, is_for_all=is_for_all or EVERYBODY in targets, serves=targets - {EVERYBODY}
    )


def optional(record: Record, field: str, kind: str, of: str) -> tuple[Ref, ...]:
    """Return what a field refers to that only some clouds' Neutron has; nothing where a record is without it.

    :param kind: of what the field refers to.
    :param of: the kind of the record.
    """
    if field.partition('.')[0] not in record:
        return ()
    return tuple(Ref(kind, each) for each in records.references(record, field, of))


def qos_policy(record: Record, of: str) -> tuple[Ref, ...]:
    """Return the QoS policy of a network, a port or a floating IP: it cannot go before them."""
    return optional(record, 'qos_policy_id', 'neutron-qos-policy', of)


def users(cloud: Cloud, resource: Resource, handler: TableHandler, query: Query) -> Iterator[Evidence]:
    """Yield what stands in the way of a resource, for which Neutron's refusal has an id at most.

    :param handler: that of the kind which may be in the way.
    :param query: what it is asked for; a Neutron that does not know the filter shows more, which is left out here.
    """
    for found in read(cloud, handler, query):
        if resource.ref in (*found.parents, *found.owners):
            yield blocker(found)


def read(cloud: Cloud, handler: TableHandler, query: Query) -> Iterator[Resource]:
    """Yield the resources of a kind that a query leaves."""
    return map(handler.resource, handler.completed(cloud, list(handler.listing(cloud, query))))


def blocker(found: Resource) -> Evidence:
    """Return a sentence about what stands in the way."""
    name = f' ({found.name})' if found.name else ''
    project = f'project {found.project_id}' if found.project_id else 'no project'
    owner = f', a part of {found.owners[0]},' if found.owners else ''
    return Evidence('blocker', f'{found.ref}{name} of {project}{owner} needs it', blocker=found.ref)
