import pytest
from your_package.server_group import ServerGroup

from orphancleanup.testing import CollectionOptions, FakeCloud
from orphancleanup.testing.conformance import HandlerConformance, Seed

#: Nova shows the groups of other projects only when it is asked for them
ALL_PROJECTS = CollectionOptions(all_tenants='all_projects')


class TestServerGroup(HandlerConformance):
    @pytest.fixture
    def handler(self) -> ServerGroup:
        return ServerGroup()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            groups = cloud.collection('compute', '/os-server-groups', 'server_groups', ALL_PROJECTS)
            for number in range(count):
                groups.add(id=f'group-{number}', name=f'group {number}', project_id=f'tenant-{number}')

        return seed
