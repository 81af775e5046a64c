"""The kit's tests for identity providers and mappings, and what is special about them."""

import re

import pytest
from acme_orphancleanup.identity_provider import IdentityProvider
from acme_orphancleanup.mapping import Mapping

from orphancleanup.errors import Conflict
from orphancleanup.handler import Handler
from orphancleanup.model import Part, Ref, Resource
from orphancleanup.testing import FakeCloud, Request
from orphancleanup.testing.collection import CollectionOptions, Item
from orphancleanup.testing.conformance import HandlerConformance, Seed

PROVIDERS, MAPPINGS = '/OS-FEDERATION/identity_providers', '/OS-FEDERATION/mappings'


def keystone(cloud: FakeCloud, count: int) -> None:
    """Fill the Keystone of a cloud with an identity provider and mappings, of which it names the last."""
    plain = CollectionOptions(all_tenants='')
    providers = cloud.collection('identity', PROVIDERS, 'identity_providers', plain)
    mappings = cloud.collection('identity', MAPPINGS, 'mappings', plain)

    def changed(match: re.Match[str], request: Request) -> Item:
        assert isinstance(request.body, dict)
        providers.get(match['id']).update(request.body['identity_provider'])
        return providers.document(match['id'])

    def listed(match: re.Match[str], _: Request) -> Item:
        named = providers.get(match['id'])['names']
        return {'protocols': [{'id': 'saml2', 'mapping_id': named}], 'links': {'next': None}}

    cloud.route('identity', 'PATCH', f'{PROVIDERS}/(?P<id>[^/]+)', changed)
    cloud.route('identity', 'GET', f'{PROVIDERS}/(?P<id>[^/]+)/protocols', listed)
    last = f'mapping-{count - 1}'
    providers.add(id='provider-0', domain_id='d', enabled=True, description='', names=last)
    for number in range(count):
        mappings.add(id=f'mapping-{number}', rules=[])


def many(cloud: FakeCloud, count: int) -> None:
    """Fill it with many identity providers."""
    keystone(cloud, 1)
    for number in range(1, count):
        cloud.collection('identity', PROVIDERS, 'identity_providers').add(
            id=f'provider-{number}', domain_id='d', enabled=False, description='', names=''
        )


class TestIdentityProvider(HandlerConformance):
    is_global = True

    def is_plain(self, request: Request, resource: Resource) -> bool:
        """Tell that whoever may delete an identity provider may disable it."""
        return request.method == 'PATCH' or super().is_plain(request, resource)

    @pytest.fixture
    def handler(self) -> Handler:
        return IdentityProvider()

    @pytest.fixture
    def seed(self) -> Seed:
        return many


class TestMapping(HandlerConformance):
    is_global = True

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let an identity provider name it."""
        cloud.collection('identity', PROVIDERS, 'identity_providers').items['provider-0']['names'] = (
            resource.id
        )

    @pytest.fixture
    def handler(self) -> Handler:
        return Mapping()

    @pytest.fixture
    def seed(self) -> Seed:
        return keystone


@pytest.mark.parametrize('handler', [IdentityProvider(), Mapping()])
def test_what_the_whole_cloud_logs_in_by_goes_only_when_it_is_meant(handler: Handler) -> None:
    assert handler.selected_by == frozenset({'named', 'prefix', 'not-in-baseline'})


def test_an_identity_provider_takes_its_protocols_along_and_depends_on_its_domain() -> None:
    cloud = FakeCloud()
    keystone(cloud, 2)
    (provider,) = IdentityProvider().discover(cloud)
    assert list(IdentityProvider().parts(cloud, provider)) == [Part('acme::Protocol', 'saml2')]
    assert provider.parents == (Ref('keystone-domain', 'd'),)


def test_an_identity_provider_is_disabled_first_and_only_when_it_is_enabled() -> None:
    cloud = FakeCloud()
    keystone(cloud, 1)
    cloud.allow_changes()
    (provider,) = IdentityProvider().discover(cloud)
    assert [step.name for step in IdentityProvider().ladder(provider)] == ['disable', 'delete']
    IdentityProvider().disable(cloud, provider)
    (provider,) = IdentityProvider().discover(cloud)
    assert [step.name for step in IdentityProvider().ladder(provider)] == ['delete']


def test_a_mapping_that_a_protocol_names_is_not_deleted() -> None:
    cloud = FakeCloud()
    keystone(cloud, 2)
    cloud.allow_changes()
    free, used = sorted(Mapping().discover(cloud), key=lambda each: each.id)
    assert (free.blockers, used.blockers) == ((), (Ref('keystone-identity-provider', 'provider-0'),))
    with pytest.raises(Conflict, match='provider-0'):
        Mapping().delete(cloud, used)
    Mapping().delete(cloud, free)
    assert cloud.sent('DELETE') == [f'{MAPPINGS}/mapping-0']
