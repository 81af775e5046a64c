"""Trusts: what a user lets another one do in its name."""

import dataclasses
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import NotFound
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record
from orphancleanup.states import States
from orphancleanup.table import TableHandler

#: what a trust is that is over, or was used as often as it may be
_SPENT = 'spent'


class Trust(TableHandler):
    """A trust belongs to the user that gave it, and goes with it.

    One given to a service is in use as long as its user is: Heat's goes with its stack, or with the user, and not by
    itself. One that is over is listed still, but no longer shown, nor deleted until ``keystone-manage trust_flush``
    (keystone/trust/backends/sql.py): it counts as gone.
    """

    kind, service = 'keystone-trust', identity.SERVICE
    path, key = '/OS-TRUST/trusts', 'trusts'
    selected_by = identity.MEANT | {'parent-missing'}
    name_field, project_field = '', ''
    in_projects = False
    parents = {
        'trustor_user_id': 'keystone-user',
        'trustee_user_id': 'keystone-user',
        'redelegated_trust_id': 'keystone-trust',
    }
    states = States(gone=frozenset({_SPENT}))
    filled = frozenset({'trustor_user_id', 'trustee_user_id'})

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield trusts with whether they are over, our own, or given to a service."""
        services = identity.service_users(cloud)
        for record in found:
            yield {
                **record,
                'status': self._status(cloud, record),
                'is_own': record.get('trustor_user_id') == cloud.user_id,
                'is_for_service': record.get('trustee_user_id') in services,
            }

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        owners = (
            self._referred(record, {'trustor_user_id': 'keystone-user'}) if record['is_for_service'] else ()
        )
        return dataclasses.replace(
            plain,
            owners=owners,
            serves=identity.home(record, self.kind),
            protection=identity.OWN if record['is_own'] else '',
        )

    def _status(self, cloud: Cloud, record: Record) -> str:
        """Return whether a trust is over; one that ends some day is asked for, since Keystone has the clock."""
        if records.present(record, 'remaining_uses', self.kind) == 0:
            return _SPENT
        if not records.required(record, 'expires_at', self.kind):
            return ''
        try:
            self.api(cloud).get(f'{self.path}/{records.segment(records.identifier(record, self.kind))}')
        except NotFound:
            return _SPENT
        return ''
