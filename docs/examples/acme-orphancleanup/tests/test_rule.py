import pytest
from acme_orphancleanup.rule import SecurityGroupRule

from orphancleanup.model import Ref
from orphancleanup.testing import FakeCloud
from orphancleanup.testing.collection import CollectionOptions
from orphancleanup.testing.conformance import HandlerConformance, Seed


class TestSecurityGroupRule(HandlerConformance):
    @pytest.fixture
    def handler(self) -> SecurityGroupRule:
        return SecurityGroupRule()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            options = CollectionOptions(all_tenants='')
            rules = cloud.collection('network', '/security-group-rules', 'security_group_rules', options)
            for number in range(count):
                rules.add(
                    id=f'rule-{number}', security_group_id='g', project_id=f'project-{number}', description=''
                )

        return seed


def test_a_rule_is_a_part_of_its_group() -> None:
    record = {'id': 'r', 'security_group_id': 'g', 'project_id': 'p', 'description': ''}
    assert SecurityGroupRule().resource(record).owners == (Ref('neutron-security-group', 'g'),)
