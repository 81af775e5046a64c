"""Credentials of users: keys for EC2, one-time passwords and the like."""

import dataclasses
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import NotFound
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record, segment
from orphancleanup.table import TableHandler


class Credential(TableHandler):
    """A credential belongs to its user; its secret is in its record, and is left there.

    It is in no project, although it may name one: deleting that project deletes the credential, and asks nobody.
    """

    kind, service = 'keystone-credential', identity.SERVICE
    path, key = '/credentials', 'credentials'
    selected_by = identity.MEANT | {'parent-missing'}
    name_field, project_field = '', ''
    in_projects = False
    parents = {'user_id': 'keystone-user'}
    filled = frozenset({'user_id'})
    require_all = staticmethod(identity.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield credentials with whether they are our own, or of a user whom Heat made for a stack."""
        wanted = list(found)
        heats = self._stack_projects(cloud, wanted)
        for record in wanted:
            is_own = records.required(record, 'user_id', self.kind) == cloud.user_id
            is_heats = records.required(record, 'project_id', self.kind) in heats
            yield {**record, 'is_own': is_own, 'is_heats': is_heats}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        protection = identity.OWN if record['is_own'] else ''
        return dataclasses.replace(
            super().resource(record),
            is_system=record['is_heats'],
            serves=identity.home(record, self.kind),
            protection=protection,
        )

    def _stack_projects(self, cloud: Cloud, wanted: list[Record]) -> frozenset[str]:
        if len(wanted) != 1:
            return identity.stack_projects(self.api(cloud).pages('/projects', 'projects', past_end=True))
        name = records.required(wanted[0], 'project_id', self.kind)
        if not name:
            return frozenset()
        try:
            document = self.api(cloud).get(f'/projects/{segment(name)}')
        except NotFound:
            return frozenset()
        return identity.stack_projects([records.one(document, 'project', f'keystone-project {name}')])
