"""Quotas of projects that differ from those of the default class."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from orphancleanup.api import Cloud, Query
from orphancleanup.errors import BadRequest, IncompleteListing, NotFound
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.nova_server import compute
from orphancleanup.records import Record, identifier, mark, one, present, segment
from orphancleanup.table import TableHandler

_DEFAULT = '/os-quota-class-sets/default'


class Quota(TableHandler):
    """The compute quota of a project, under the project's id; to remove it is to go back to the default class.

    Nova has no list of them: each project is asked for. It does not show the quota of a project that Keystone does not
    have (``verify_project_id``), so that nobody can tell what a dead project has left; with its project, it goes first.
    """

    kind = 'nova-quota'
    #: the lowest microversion whose class has no limits of the network any more, as quotas have none from 2.36 on
    service, microversion = compute.SERVICE, '2.50'
    path, key = '/os-quota-sets', 'quota_sets'
    project_field, status_field, created_field = 'id', '', ''
    after = ('nova-server',)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        projects = cloud.service('identity').pages('/projects', 'projects', past_end=True)
        yield from self._quotas(cloud, [identifier(each, 'project') for each in projects])

    def discover_in(self, cloud: Cloud, project_ids: Collection[str]) -> Iterator[Resource]:
        """See :class:`orphancleanup.handler.ListsByProject`."""
        yield from map(self.resource, self._quotas(cloud, project_ids))

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        limits = {name: limit for name, limit in record.items() if name != 'id'}
        return dataclasses.replace(super().resource(record), mark=mark(limits), values=limits)

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """See :meth:`TableHandler.record`; None, too, when it is that of the default class."""
        return self._quota(cloud, ref.id, self._default(cloud))

    def _quotas(self, cloud: Cloud, project_ids: Iterable[str]) -> Iterator[Record]:
        default = self._default(cloud)
        found = cloud.ask_each(project_ids, lambda project_id: self._quota(cloud, project_id, default))
        return filter(None, found)

    def _quota(self, cloud: Cloud, project_id: str, default: Mapping[str, Any]) -> Record | None:
        try:
            document = self.api(cloud).get(f'{self.path}/{segment(project_id)}')
        except BadRequest:
            if _exists(cloud, project_id):
                raise
            return None
        found = one(document, 'quota_set', f'{self.kind} {project_id}')
        identifier(found, self.kind)
        limits = {name: present(found, name, self.kind) for name in default}
        return found if limits != default else None

    def _default(self, cloud: Cloud) -> Mapping[str, Any]:
        found = one(self.api(cloud).get(_DEFAULT), 'quota_class_set', 'the default quota')
        limits = {name: limit for name, limit in found.items() if name != 'id'}
        if not limits:
            raise IncompleteListing('The default class of quotas came without a limit: it tells nothing.')
        return limits


def _exists(cloud: Cloud, project_id: str) -> bool:
    try:
        cloud.service('identity').get(f'/projects/{segment(project_id)}')
    except NotFound:
        return False
    return True
