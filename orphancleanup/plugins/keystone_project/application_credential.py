"""Application credentials, which Keystone lists user by user."""

import dataclasses
import itertools
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import NotFound
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record, segment
from orphancleanup.table import TableHandler


class ApplicationCredential(TableHandler):
    """An application credential belongs to its user, and ends with it.

    Its id is enough to find it: whose it is, Keystone knows whatever user the path names (keystone/api/users.py,
    ``_update_request_user_id_attribute``). It is in no project: those of a deleted one stay until their user goes.
    """

    kind, service = 'keystone-application-credential', identity.SERVICE
    path, key = '/users', 'application_credentials'
    resource_types = ('OS::Keystone::ApplicationCredential',)
    selected_by = identity.MEANT | {'parent-missing'}
    project_field = ''
    in_projects = False
    parents = {'user_id': 'keystone-user'}
    filled = frozenset({'user_id'})

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`; one request for each user, since Keystone has nothing shorter."""
        found = cloud.ask_each(
            identity.in_domains(cloud, identity.domains(cloud), '/users', 'users'),
            lambda user: list(self._of(cloud, user)),
        )
        return itertools.chain.from_iterable(found)

    def _of(self, cloud: Cloud, user: Record) -> Iterator[Record]:
        name = segment(records.identifier(user, 'keystone-user'))
        return self.api(cloud).pages(f'{self.path}/{name}/{self.key}', self.key)

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """See :meth:`TableHandler.record`."""
        try:
            document = self.api(cloud).get(self._at(cloud, ref))
        except NotFound:
            return None
        return records.one(document, 'application_credential', str(ref))

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield application credentials with whether they are our own."""
        for record in found:
            yield {**record, 'is_own': record.get('user_id') == cloud.user_id}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        return dataclasses.replace(
            super().resource(record),
            serves=identity.home(record, self.kind),
            protection=identity.OWN if record['is_own'] else '',
        )

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Delete an application credential."""
        self.api(cloud).delete(self._at(cloud, resource.ref))

    def _at(self, cloud: Cloud, ref: Ref) -> str:
        return f'{self.path}/{segment(cloud.user_id)}/{self.key}/{segment(ref.id)}'
