"""Mappings of Keystone: who somebody is here whom an identity provider knows."""

from collections import defaultdict
from collections.abc import Iterable

from acme_orphancleanup.identity_provider import IdentityProvider
from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.model import Resource
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Mapping(TableHandler):
    """A mapping; Keystone deletes one that a protocol names, and asks nobody."""

    kind = 'keystone-mapping'
    service = 'identity'
    path = '/OS-FEDERATION/mappings'
    key = 'mappings'
    after = ('keystone-identity-provider',)
    selected_by = frozenset({'named', 'prefix', 'not-in-baseline'})
    name_field = 'id'
    project_field = ''
    blockers = {'named_by': 'keystone-identity-provider'}

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        naming = self.naming(cloud)
        return [{**each, 'named_by': naming[records.identifier(each, self.kind)]} for each in found]

    def naming(self, cloud: Cloud) -> dict[str, list[str]]:
        naming = defaultdict(list)
        providers = IdentityProvider()
        for provider in providers.listing(cloud):
            name = records.identifier(provider, providers.kind)
            for mapping in {
                records.required(each, 'mapping_id', 'protocol') for each in providers.protocols(cloud, name)
            }:
                naming[mapping].append(name)
        return naming

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        for provider in self.naming(cloud)[resource.id]:
            raise Conflict(409, f'{resource.ref} is named by {provider}; remove that first.')
        super().delete(cloud, resource)
