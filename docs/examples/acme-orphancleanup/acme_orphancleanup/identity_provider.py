"""Identity providers of Keystone: who else may tell it who somebody is."""

import dataclasses
from collections.abc import Iterable, Sequence

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import IncompleteListing, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Part, Resource
from orphancleanup.records import Record, segment
from orphancleanup.table import TableHandler


class IdentityProvider(TableHandler):
    """An identity provider; its protocols go with it, the domain that Keystone made for it does not."""

    kind = 'keystone-identity-provider'
    service = 'identity'
    path = '/OS-FEDERATION/identity_providers'
    key = 'identity_providers'
    # The whole cloud logs in by it: --everything does not mean it.
    selected_by = frozenset({'named', 'prefix', 'not-in-baseline'})
    name_field = 'id'
    project_field = ''
    parents = {'domain_id': 'keystone-domain'}

    def resource(self, record: Record) -> Resource:
        is_enabled = bool(records.present(record, 'enabled', self.kind))
        return dataclasses.replace(super().resource(record), details={'enabled': is_enabled})

    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        try:
            for protocol in self.protocols(cloud, resource.id):
                yield Part('acme::Protocol', records.identifier(protocol, 'protocol'))
        except NotFound as error:
            raise IncompleteListing(f'What {resource.ref} holds could not be read: {error}') from error

    def protocols(self, cloud: Cloud, identifier: str) -> Iterable[Record]:
        return self.api(cloud).pages(f'{self.path}/{segment(identifier)}/protocols', 'protocols')

    def ladder(self, resource: Resource) -> Sequence[Step]:
        # Nobody logs in any more while its removal is under way.
        delete = Step('delete', self.delete)
        is_enabled = resource.details['enabled']
        return (Step('disable', self.disable, removes=False), delete) if is_enabled else (delete,)

    def disable(self, cloud: Cloud, resource: Resource) -> None:
        self.api(cloud).patch(self.address(resource.ref), {'identity_provider': {'enabled': False}})
