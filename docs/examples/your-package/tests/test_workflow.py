import pytest
from your_package.workflow import Workflow

from orphancleanup.testing import FakeCloud
from orphancleanup.testing.collection import CollectionOptions
from orphancleanup.testing.conformance import HandlerConformance, Seed

#: to an administrator, those of other projects only when they are asked for; one is shown by itself, without a key
SHOWN = CollectionOptions(all_tenants='all_projects', is_item_wrapped=False)


class TestWorkflow(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Workflow:
        return Workflow()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            workflows = cloud.collection('workflow', '/workflows', 'workflows', SHOWN)
            for number in range(count):
                workflows.add(
                    id=f'workflow-{number}', name=f'workflow {number}', project_id=f'project-{number}'
                )

        return seed
