"""The life of the kinds of Nova besides servers."""

import uuid
from typing import Any

import pytest

from lab.scenarios import compute, network, storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import BadRequest, CloudError
from orphancleanup.handler import Handler
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.nova_server.aggregate import Aggregate
from orphancleanup.plugins.nova_server.flavor import Flavor
from orphancleanup.plugins.nova_server.keypair import Keypair
from orphancleanup.plugins.nova_server.quota import Quota
from orphancleanup.plugins.nova_server.server import Server
from orphancleanup.plugins.nova_server.server_group import ServerGroup
from orphancleanup.plugins.nova_server.volume_attachment import VolumeAttachment
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL
GROUP, FLAVOR, AGGREGATE, KEYPAIR, QUOTA = ServerGroup(), Flavor(), Aggregate(), Keypair(), Quota()
ATTACHMENT = VolumeAttachment()


def unique(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:8]}'


def ids(handler: Handler, cloud: RealCloud) -> list[str]:
    return [each.id for each in handler.discover(cloud)]


def absent(handler: Handler, cloud: RealCloud, identifier: str) -> None:
    life.await_end(handler, cloud, Resource(Ref(handler.kind, identifier)))


@pytest.fixture
def nova(sandbox: Sandbox) -> Any:
    return sandbox.admin.compute


def test_a_server_group_waits_for_its_member_and_goes(cloud: RealCloud, project: Project) -> None:
    group = compute.server_group(project, unique('group'))
    net = network.network(project, 'groups')
    server = compute.server(project, unique('vm'), net, scheduler_hints={'group': group.id})
    compute.active(project, server)
    seen = life.found(GROUP, cloud, group.id)
    assert (seen.name, seen.project_id) == (group.name, project.project_id)
    assert seen.blockers == (Ref('nova-server', server.id),)
    life.climb(Server(), cloud, life.found(Server(), cloud, server.id), 'delete')
    absent(Server(), cloud, server.id)
    assert life.found(GROUP, cloud, group.id).blockers == ()
    life.climb(GROUP, cloud, seen, 'delete')
    absent(GROUP, cloud, group.id)


def test_pages_of_server_groups_begin_with_the_end_of_the_one_before(
    cloud: RealCloud, project: Project
) -> None:
    made = [compute.server_group(project, unique('page')) for _ in range(3)]
    nova = cloud.service('compute', GROUP.microversion)
    everything = nova.get('/os-server-groups', {'all_projects': 'true'})['server_groups']
    later = nova.get('/os-server-groups', {'all_projects': 'true', 'offset': len(everything) - 1})
    assert [each['id'] for each in later['server_groups']] == [everything[-1]['id']]
    assert {each.id for each in made} <= set(ids(GROUP, cloud))
    for each in made:
        life.climb(GROUP, cloud, life.found(GROUP, cloud, each.id), 'delete')


def test_a_server_that_stays_gives_a_disk_back(cloud: RealCloud, project: Project) -> None:
    disk = storage.available(project, storage.volume(project, unique('disk')))
    server = compute.server(project, unique('vm'), network.network(project, 'disks'))
    compute.attach(project, compute.active(project, server), disk)
    found = next(each for each in ATTACHMENT.discover(cloud) if each.details['volume_id'] == disk.id)
    assert found.alters == (Ref('nova-server', server.id),)
    life.climb(ATTACHMENT, cloud, found, 'detach')
    life.await_end(ATTACHMENT, cloud, found)
    life.in_status(Volume(), cloud, disk.id, 'available')
    assert life.found(Server(), cloud, server.id).status == 'ACTIVE'


@pytest.mark.parametrize('is_public', [True, False])
def test_a_flavor_private_or_not_is_listed_and_goes(cloud: RealCloud, nova: Any, is_public: bool) -> None:
    made = nova.create_flavor(name=unique('flavor'), ram=64, vcpus=1, disk=1, is_public=is_public)
    nova.create_flavor_extra_specs(made, {'orphancleanup:keep': 'yes'})
    seen = life.found(FLAVOR, cloud, made.id)
    assert (seen.name, seen.project_id) == (made.name, '')
    assert 'orphancleanup:keep' in seen.tags
    life.climb(FLAVOR, cloud, seen, 'delete')
    absent(FLAVOR, cloud, made.id)


def test_an_aggregate_goes_when_its_hosts_are_out(cloud: RealCloud, nova: Any) -> None:
    made = nova.create_aggregate(name=unique('aggregate'))
    nova.set_aggregate_metadata(made, {'a': 'b'})
    host = next(iter(nova.services(binary='nova-compute'))).host
    nova.add_host_to_aggregate(made, host)
    seen = life.found(AGGREGATE, cloud, str(made.id))
    assert seen.name == made.name
    assert seen.tags >= {'a', 'a=b'}
    assert seen.created_at
    assert [(step.name, step.level) for step in AGGREGATE.ladder(seen)] == [
        ('remove-hosts', Level.FORCE),
        ('delete', Level.FORCE),
    ]
    with pytest.raises(BadRequest, match='not empty'):
        life.climb(AGGREGATE, cloud, seen, 'delete')
    life.climb(AGGREGATE, cloud, seen, 'remove-hosts')
    life.climb(AGGREGATE, cloud, seen, 'delete')
    absent(AGGREGATE, cloud, str(made.id))


def test_a_keypair_of_another_user_is_listed_and_goes_alone(cloud: RealCloud, sandbox: Sandbox) -> None:
    one, other = sandbox.project('keys-one'), sandbox.project('keys-two')
    name = unique('key')
    for each in (one, other):
        compute.keypair(each, name)
    users = {each.name: sandbox.admin.identity.find_user(each.name).id for each in (one, other)}
    seen = life.found(KEYPAIR, cloud, f'{users[one.name]}/{name}')
    assert (seen.name, seen.project_id) == (name, '')
    assert seen.parents == (Ref('keystone-user', users[one.name]),)
    life.climb(KEYPAIR, cloud, seen, 'delete')
    absent(KEYPAIR, cloud, seen.id)
    life.climb(KEYPAIR, cloud, life.found(KEYPAIR, cloud, f'{users[other.name]}/{name}'), 'delete')


def test_a_keypair_outlives_its_user_and_is_found_by_what_that_left(
    cloud: RealCloud, sandbox: Sandbox
) -> None:
    made, name = sandbox.project('keys-gone'), unique('key')
    compute.keypair(made, name)
    compute.server_group(made, unique('left'))
    user = sandbox.admin.identity.find_user(made.name).id
    sandbox.admin.identity.delete_user(user)
    seen = life.found(KEYPAIR, cloud, f'{user}/{name}')
    assert KEYPAIR.look(cloud, seen.ref) == seen
    life.climb(KEYPAIR, cloud, seen, 'delete')
    absent(KEYPAIR, cloud, seen.id)
    left = [each for each in GROUP.discover(cloud) if each.project_id == made.project_id]
    for each in left:
        life.climb(GROUP, cloud, each, 'delete')


def test_a_keypair_of_a_user_whose_servers_were_just_deleted_is_found(
    cloud: RealCloud, sandbox: Sandbox
) -> None:
    made, name = sandbox.project('keys-late'), unique('key')
    compute.keypair(made, name)
    server = compute.server(made, unique('vm'), network.network(made, 'net'))
    compute.active(made, server)
    user = sandbox.admin.identity.find_user(made.name).id
    life.climb(Server(), cloud, life.found(Server(), cloud, server.id), 'delete')
    absent(Server(), cloud, server.id)
    sandbox.admin.identity.delete_user(user)
    seen = life.found(KEYPAIR, cloud, f'{user}/{name}')
    life.climb(KEYPAIR, cloud, seen, 'delete')
    absent(KEYPAIR, cloud, seen.id)


def test_a_quota_goes_back_to_the_default_class(cloud: RealCloud, sandbox: Sandbox) -> None:
    made = sandbox.project('quota')
    sandbox.admin.set_compute_quotas(made.project_id, cores=7)
    seen = life.found(QUOTA, cloud, made.project_id)
    assert seen.project_id == made.project_id
    life.climb(QUOTA, cloud, seen, 'delete')
    absent(QUOTA, cloud, made.project_id)


def test_nova_does_not_show_the_quota_of_a_project_that_is_gone(cloud: RealCloud, sandbox: Sandbox) -> None:
    """So that nobody can tell whether it left one; its listing is whole all the same."""
    made = sandbox.project('quota-gone')
    sandbox.admin.set_compute_quotas(made.project_id, cores=7)
    sandbox.kill_project(made)
    assert made.project_id not in ids(QUOTA, cloud)


@pytest.mark.parametrize(
    'handler', [GROUP, FLAVOR, AGGREGATE, KEYPAIR, QUOTA, ATTACHMENT], ids=lambda each: each.kind
)
def test_a_list_that_is_no_administrators_is_never_taken_for_the_whole(
    member: RealCloud, handler: Handler
) -> None:
    with pytest.raises(CloudError):
        list(handler.discover(member))
