"""Keypairs of all users, those that are gone too."""

import dataclasses
import itertools
from collections.abc import Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Forbidden, IncompleteListing
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.nova_server import compute
from orphancleanup.plugins.nova_server.users import users
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

_NO_ADMIN = (
    'Nova does not show the keypairs of other users to this user; use one with the role admin, or whatever its policy '
    '"os_compute_api:os-keypairs:index" accepts.'
)


class Keypair(TableHandler):
    """A keypair belongs to a user, not to a project; its id here is ``USER_ID/NAME``. Servers need it only to be made.

    A stack that has one names it by its name alone, and Heat deletes it in the name of whoever deletes the stack: that
    of another user stays, so that it has to go by itself. Nova tells no creation time in its list.
    """

    kind = 'nova-keypair'
    #: the lowest microversion in which an administrator may ask for other users', and pages are linked
    service, microversion = compute.SERVICE, '2.35'
    path, key = '/os-keypairs', 'keypairs'
    project_field, status_field, created_field = '', '', ''
    in_projects = False
    parents = {'user_id': 'keystone-user'}
    selected_by = compute.GLOBAL | {'parent-missing'}
    look_proves_end = answers_when_gone = True

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`; one listing a user."""
        try:
            found = cloud.ask_each(dict.fromkeys(users(cloud)), lambda user: list(self._of(cloud, user)))
        except IncompleteListing as error:
            if isinstance(error.__cause__, Forbidden):
                raise IncompleteListing(_NO_ADMIN) from error
            raise
        return itertools.chain.from_iterable(found)

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """See :meth:`TableHandler.record`; by the list of its user: a name may not fit into a path."""
        user, _, name = ref.id.partition('/')
        return next((each for each in self._of(cloud, user) if each['name'] == name), None)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        fingerprint = str(records.first(record, 'fingerprint') or '')
        return dataclasses.replace(super().resource(record), mark=fingerprint)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """See :meth:`TableHandler.delete`."""
        user, _, name = resource.id.partition('/')
        self.api(cloud).delete(f'{self.path}/{records.segment(name)}', {'user_id': user})

    def _of(self, cloud: Cloud, user: str) -> Iterator[Record]:
        for each in self.api(cloud).pages(self.path, self.key, {'user_id': user}):
            record = records.one(each, 'keypair', f'a keypair of user {user}')
            name = records.identifier(record, self.kind, 'name')
            yield {**record, 'id': f'{user}/{name}', 'user_id': user}
