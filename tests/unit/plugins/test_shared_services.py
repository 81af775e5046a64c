"""Regions that share a service: what its records name and our region does not know may live in another one."""

import json
import uuid

import pytest

from orphancleanup import runs
from orphancleanup.errors import IncompleteListing
from orphancleanup.installed import asking, registry
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Ref
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT
from tests.unit.leaky import PUBLIC, Leaky, site

ELSEWHERE = frozenset({'RegionTwo'})


def orphans(leaky: Leaky) -> set[str]:
    return {
        entry.ref.kind
        for entry in runs.review(site(leaky.cloud), Request(Selection(orphans=True))).plan.entries
    }


@pytest.fixture
def leaky() -> Leaky:
    """Return a cloud with a port of a server and an image of a snapshot that our region does not know."""
    found = Leaky()
    made_for = {'device_owner': 'compute:nova', 'device_id': str(uuid.uuid4()), 'fixed_ips': []}
    found.neutron.add('ports', network_id=PUBLIC, project_id=ADMIN_PROJECT, **made_for)
    made_of = json.dumps([{'snapshot_id': str(uuid.uuid4())}])
    found.glance.image(1, owner=ADMIN_PROJECT, block_device_mapping=made_of)
    return found


def test_in_one_region_they_are_orphans(leaky: Leaky) -> None:
    assert orphans(leaky) == {'neutron-port', 'glance-image'}


@pytest.mark.parametrize(
    ('own', 'shared', 'left'),
    [('compute', 'network', 'glance-image'), ('block-storage', 'image', 'neutron-port')],
)
def test_where_regions_share_the_service_they_are_none(
    leaky: Leaky, own: str, shared: str, left: str
) -> None:
    leaky.cloud.sharing[own, shared] = ELSEWHERE
    assert orphans(leaky) == {left}


@pytest.mark.parametrize('shared', ['block-storage', 'network'])
def test_a_server_may_be_another_regions_through_each_service(leaky: Leaky, shared: str) -> None:
    leaky.cloud.sharing['compute', shared] = ELSEWHERE
    with pytest.raises(IncompleteListing, match=f'RegionTwo may: it uses the same {shared}'):
        asking.is_gone(registry.load(), leaky.cloud, Ref('nova-server', str(uuid.uuid4())))
