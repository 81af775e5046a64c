import pytest
from your_package.server_group import ServerGroup

from orphancleanup.testing import FakeCloud
from orphancleanup.testing.collection import CollectionOptions
from orphancleanup.testing.conformance import HandlerConformance, Seed

#: to an administrator, those of other projects only when they are asked for
SHOWN = CollectionOptions(all_tenants='all_projects')


class TestServerGroup(HandlerConformance):
    @pytest.fixture
    def handler(self) -> ServerGroup:
        return ServerGroup()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            groups = cloud.collection('compute', '/os-server-groups', 'server_groups', SHOWN)
            for number in range(count):
                groups.add(id=f'group-{number}', name=f'group {number}', project_id=f'project-{number}')

        return seed
