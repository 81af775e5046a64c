"""Software configurations and deployments: the kit's tests, and what is special about them."""

import pytest

from orphancleanup.errors import Conflict, Forbidden, IncompleteListing, ListingMoved
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.heat_stack.software_config import SoftwareConfig
from orphancleanup.plugins.heat_stack.software_deployment import SoftwareDeployment
from orphancleanup.testing.collection import CollectionOptions, Item
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'orchestration'
BOTH = [SoftwareConfig(), SoftwareDeployment()]


class Software:
    """The configurations and deployments of a fake Heat, which shows the project of a configuration in lists only."""

    def __init__(self, cloud: FakeCloud) -> None:
        #: whether it takes the caller for an administrator
        self.is_admin = True
        cloud.route(SERVICE, 'GET', '/services', lambda *_: self._services())
        cloud.route(SERVICE, 'GET', '/software_configs', lambda _, request: self._configs(request))
        plain = CollectionOptions(all_tenants='', refuse=self._refuse)
        self.configs = cloud.collection(SERVICE, '/software_configs', 'software_configs', plain)
        self.deployments = cloud.collection(
            SERVICE, '/software_deployments', 'software_deployments', CollectionOptions(all_tenants='')
        )

    def add_config(self, project: str = 'project-1', **fields: object) -> Item:
        fresh = {'name': 'c', 'group': 'script', 'creation_time': '2026-11-20T12:00:00Z', 'project': project}
        return self.configs.add(**{**fresh, **fields})

    def add_deployment(self, config: Item, **fields: object) -> Item:
        fresh = {
            'config_id': config['id'], 'server_id': 's', 'status': 'COMPLETE', 'input_values': {'key': 'hush'},
            'creation_time': '2026-11-20T12:00:00Z',
        }  # fmt: skip
        return self.deployments.add(**{**fresh, **fields})

    def _services(self) -> Item:
        if not self.is_admin:
            raise Forbidden(403, 'You are not authorized to complete this action.')
        return {'services': []}

    def _configs(self, request: Request) -> Item:
        page = self.configs.page(request.query, request.project_id, False)
        if not self.is_admin:
            page['software_configs'] = [{**each, 'project': None} for each in page['software_configs']]
            for each in page['software_configs']:
                del each['project']
        return page

    def _refuse(self, item: Item) -> Conflict | None:
        if any(each['config_id'] == item['id'] for each in self.deployments.items.values()):
            return Conflict(
                409, f'Software config with id {item["id"]} can not be deleted as it is referenced.'
            )
        return None


class TestSoftwareConfig(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return SoftwareConfig()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            software = Software(cloud)
            for number in range(count):
                software.add_config(f'project-{number % 3}', name=f'aa-{number}')

        return seed

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a deployment refer to it."""
        deployments = cloud.collection(SERVICE, '/software_deployments', 'software_deployments')
        deployments.add(id='late', config_id=resource.id)


class TestSoftwareDeployment(HandlerConformance):
    deciding_fields = frozenset({'config_id'})

    @pytest.fixture
    def handler(self) -> Handler:
        return SoftwareDeployment()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            software = Software(cloud)
            for number in range(count):
                software.add_deployment(software.add_config(f'project-{number % 3}'))

        return seed


@pytest.fixture
def software(cloud: FakeCloud) -> Software:
    return Software(cloud)


def test_a_deployment_is_in_the_project_of_its_configuration_and_depends_on_it(
    cloud: FakeCloud, software: Software
) -> None:
    config = software.add_config('dead')
    deployment = software.add_deployment(config)
    (found,) = SoftwareDeployment().discover(cloud)
    assert (found.project_id, found.parents) == ('dead', (Ref('heat-software-config', config['id']),))
    assert SoftwareDeployment().look(cloud, Ref('heat-software-deployment', deployment['id'])) == found
    assert 'hush' not in repr(found)


def test_a_deployment_whose_configuration_went_meanwhile_is_listed_again(
    cloud: FakeCloud, software: Software
) -> None:
    """It is nobody's in no case."""
    config = software.add_config()
    software.add_deployment(config)
    software.configs.remove(config['id'])
    with pytest.raises(ListingMoved):
        list(SoftwareDeployment().discover(cloud))


@pytest.mark.parametrize('handler', BOTH, ids=lambda handler: handler.kind)
def test_what_heat_shows_to_who_is_no_administrator_is_not_the_whole(
    cloud: FakeCloud, software: Software, handler: Handler
) -> None:
    software.is_admin = False
    with pytest.raises(IncompleteListing, match='administrator'):
        list(handler.discover(cloud))
    with pytest.raises(IncompleteListing, match='administrator'):
        handler.look(cloud, Ref(handler.kind, 'x'))


def test_what_a_stack_holds_is_known_by_its_type() -> None:
    assert 'OS::Heat::SoftwareConfig' in SoftwareConfig.resource_types
    assert 'OS::Heat::SoftwareDeployment' in SoftwareDeployment.resource_types
