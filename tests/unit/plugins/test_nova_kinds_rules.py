"""What is special about the kinds of Nova besides servers: one test for each pitfall, named for it."""

import pytest

from orphancleanup.errors import ApiError, BadRequest, Forbidden, IncompleteListing, ListingMoved
from orphancleanup.handler import Handler
from orphancleanup.model import Level, Ref
from orphancleanup.plugins.nova_server import compute
from orphancleanup.plugins.nova_server.aggregate import Aggregate
from orphancleanup.plugins.nova_server.flavor import Flavor
from orphancleanup.plugins.nova_server.keypair import Keypair
from orphancleanup.plugins.nova_server.quota import Quota
from orphancleanup.plugins.nova_server.server_group import ServerGroup
from orphancleanup.plugins.nova_server.volume_attachment import VolumeAttachment
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_compute_kinds import (
    Keypairs,
    Quotas,
    Users,
    aggregates,
    attachments,
    flavors,
    server_groups,
)

GLOBAL = {'not-in-baseline', 'prefix', 'named'}


def ids(handler: Handler, cloud: FakeCloud) -> list[str]:
    return [each.id for each in handler.discover(cloud)]


# Server groups


def test_server_groups_are_read_past_the_limit_of_the_service(cloud: FakeCloud) -> None:
    server_groups(cloud, 25).page_size = 10
    assert len(ids(ServerGroup(), cloud)) == 25


def test_a_listing_by_position_that_grows_for_ever_comes_to_an_end(
    cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, '_MOST_PAGES', 20)
    groups = server_groups(cloud, 2)

    def grow(_: object) -> None:
        groups.add(id=f'more-{len(groups.items)}', name='g', project_id='p', members=[], metadata={})

    cloud.before(('compute', 'GET', '/os-server-groups'), grow, times=10**6)
    with pytest.raises(IncompleteListing, match='/os-server-groups comes to no end'):
        ids(ServerGroup(), cloud)
    assert [each.path for each in cloud.requests].count('/os-server-groups') == 20


def test_as_many_server_groups_as_a_page_holds_are_not_taken_for_all_of_them(cloud: FakeCloud) -> None:
    server_groups(cloud, 10).page_size = 10
    assert len(ids(ServerGroup(), cloud)) == 10
    offsets = [each.query.get('offset') for each in cloud.requests if each.path == '/os-server-groups']
    assert offsets == [None, 9]


def test_a_server_group_that_goes_while_they_are_read_pushes_no_other_out_of_sight(cloud: FakeCloud) -> None:
    groups = server_groups(cloud, 25)
    groups.page_size = 10
    cloud.before(('compute', 'GET', '/os-server-groups'), lambda _: groups.remove('group-3'), after=1)
    with pytest.raises(ListingMoved, match='changed'):
        ids(ServerGroup(), cloud)


def test_a_server_group_waits_for_its_members(cloud: FakeCloud) -> None:
    server_groups(cloud, 1).items['group-0']['members'] = ['server-1']
    (found,) = ServerGroup().discover(cloud)
    assert found.blockers == (Ref('nova-server', 'server-1'),)


@pytest.mark.parametrize(('handler', 'bring'), [(ServerGroup(), server_groups), (Flavor(), flavors)])
def test_who_is_no_administrator_sees_less_and_is_told(
    cloud: FakeCloud, handler: Handler, bring: object
) -> None:
    bring(cloud, 2)  # type: ignore[operator]
    cloud.fail(('compute', 'GET', '/os-services'), Forbidden(403, 'no'), times=9)
    with pytest.raises(IncompleteListing, match='role admin'):
        ids(handler, cloud)
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(cloud, Ref(handler.kind, 'nobody'))


# Attachments


def test_an_attachment_changes_its_server_and_only_its_name_selects_it(cloud: FakeCloud) -> None:
    attachments(cloud, 1)
    (found,) = VolumeAttachment().discover(cloud)
    assert (found.alters, found.project_id) == ((Ref('nova-server', 'server-0'),), '')
    assert VolumeAttachment.selected_by == {'named'}


def test_the_server_that_stays_gives_the_disk_back_at_level_force_only(cloud: FakeCloud) -> None:
    attachments(cloud, 2)
    found = next(iter(VolumeAttachment().discover(cloud)))
    (step,) = VolumeAttachment().ladder(found)
    assert (step.name, step.level) == ('detach', Level.FORCE)
    step.run(cloud, found)
    assert cloud.sent('DELETE') == ['/servers/server-0/os-volume_attachments/volume-0']
    assert ids(VolumeAttachment(), cloud) == ['attachment-1']


def test_an_attachment_that_is_for_no_server_is_never_touched(cloud: FakeCloud) -> None:
    attachments(cloud, 1).items['attachment-0']['instance'] = None
    (found,) = VolumeAttachment().discover(cloud)
    assert found.is_system
    assert VolumeAttachment().ladder(found) == ()


def test_who_is_no_administrator_of_cinder_sees_less_and_is_told(cloud: FakeCloud) -> None:
    attachments(cloud, 1)
    cloud.fail(('block-storage', 'GET', '/os-services'), Forbidden(403, 'no'))
    with pytest.raises(IncompleteListing, match='role admin'):
        ids(VolumeAttachment(), cloud)


# Flavors and aggregates


def test_private_flavors_are_listed(cloud: FakeCloud) -> None:
    flavors(cloud, 4)
    assert len(ids(Flavor(), cloud)) == 4


@pytest.mark.parametrize('handler', [Flavor(), Aggregate()])
def test_what_the_whole_cloud_shares_is_never_an_orphan(handler: Handler) -> None:
    assert handler.selected_by == GLOBAL


def test_a_flavor_whose_extra_specs_say_so_is_tagged(cloud: FakeCloud) -> None:
    flavors(cloud, 1).items['flavor-0']['extra_specs'] = {'orphancleanup:keep': 'yes'}
    assert 'orphancleanup:keep' in next(iter(Flavor().discover(cloud))).tags


def test_an_aggregate_with_hosts_needs_force_to_be_emptied_first(cloud: FakeCloud) -> None:
    found = aggregates(cloud, 1)
    found.items['1']['hosts'] = ['one', 'two']
    (full,) = Aggregate().discover(cloud)
    empty, delete = Aggregate().ladder(full)
    assert (empty.name, empty.level, empty.removes) == ('remove-hosts', Level.FORCE, False)
    with pytest.raises(BadRequest, match='not empty'):
        delete.run(cloud, full)
    empty.run(cloud, full)
    (bare,) = Aggregate().discover(cloud)
    assert [(step.name, step.level) for step in Aggregate().ladder(bare)] == [('delete', Level.API)]


def test_hosts_that_were_put_into_an_aggregate_since_are_taken_out_too(cloud: FakeCloud) -> None:
    found = aggregates(cloud, 1)
    found.items['1']['hosts'] = ['one']
    (full,) = Aggregate().discover(cloud)
    found.items['1']['hosts'].append('two')
    Aggregate().ladder(full)[0].run(cloud, full)
    assert found.items['1']['hosts'] == []


# Keypairs


@pytest.fixture
def keypairs(cloud: FakeCloud) -> Keypairs:
    return Keypairs(cloud)


@pytest.fixture
def users(cloud: FakeCloud) -> Users:
    return Users(cloud)


def test_keypairs_of_all_users_are_listed_and_equal_names_do_not_collide(
    cloud: FakeCloud, keypairs: Keypairs, users: Users
) -> None:
    for user in ('ann', 'bob'):
        users.add(user)
        keypairs.add(user, 'mykey')
    assert ids(Keypair(), cloud) == ['ann/mykey', 'bob/mykey']
    ann = next(iter(Keypair().discover(cloud)))
    Keypair().ladder(ann)[0].run(cloud, ann)
    assert ids(Keypair(), cloud) == ['bob/mykey']


def test_a_keypair_hangs_on_its_user_and_is_an_orphan_without(
    cloud: FakeCloud, keypairs: Keypairs, users: Users
) -> None:
    users.add('ann')
    keypairs.add('ann', 'mykey')
    (found,) = Keypair().discover(cloud)
    assert (found.parents, found.project_id) == ((Ref('keystone-user', 'ann'),), '')
    assert Keypair.selected_by == GLOBAL | {'parent-missing'}


@pytest.mark.parametrize('path', ['/servers', '/os-server-groups'])
def test_keypairs_of_a_user_that_is_gone_and_has_left_something_are_listed(
    cloud: FakeCloud, keypairs: Keypairs, users: Users, path: str
) -> None:
    keypairs.add('gone', 'mykey')
    assert ids(Keypair(), cloud) == []
    more = {'name': 'x', 'project_id': 'p', 'members': [], 'metadata': {}}
    cloud.collection('compute', path, path).add(user_id='gone', **more)
    assert ids(Keypair(), cloud) == ['gone/mykey']


def test_servers_that_were_deleted_within_a_day_still_tell_of_their_user(
    cloud: FakeCloud, keypairs: Keypairs, users: Users
) -> None:
    ids(Keypair(), cloud)
    listings = [dict(each.query) for each in cloud.requests if each.path == '/servers/detail']
    assert [sorted(each) for each in listings] == [['all_tenants'], ['all_tenants', 'changes-since']]


def test_users_are_asked_for_domain_by_domain_since_each_may_have_a_directory_of_its_own(
    cloud: FakeCloud, keypairs: Keypairs, users: Users
) -> None:
    users.domains.add(id='ldap', name='ldap')
    users.add('ann', 'ldap')
    keypairs.add('ann', 'mykey')
    assert ids(Keypair(), cloud) == ['ann/mykey']
    asked = {each.query.get('domain_id') for each in cloud.requests if each.path == '/users'}
    assert asked == {'default', 'ldap'}


def test_keypairs_that_we_may_not_list_make_no_shorter_list(
    cloud: FakeCloud, keypairs: Keypairs, users: Users
) -> None:
    users.add('ann')
    cloud.fail(('compute', 'GET', '/os-keypairs'), Forbidden(403, 'no'))
    with pytest.raises(IncompleteListing, match='role admin'):
        ids(Keypair(), cloud)


def test_a_keypair_whose_name_fits_into_no_path_is_not_taken_for_gone(
    cloud: FakeCloud, keypairs: Keypairs, users: Users
) -> None:
    keypairs.add('ann', 'a/b')
    assert Keypair().look(cloud, Ref('nova-keypair', 'ann/a/b')) is not None


# Quotas


@pytest.fixture
def quotas(cloud: FakeCloud) -> Quotas:
    return Quotas(cloud)


def test_only_a_quota_that_differs_from_the_default_class_is_one(cloud: FakeCloud, quotas: Quotas) -> None:
    quotas.add('project-1', cores=99)
    quotas.add('project-2')
    assert ids(Quota(), cloud) == ['project-1']
    assert Quota().look(cloud, Ref('nova-quota', 'project-2')) is None


def test_to_remove_a_quota_is_to_go_back_to_the_default_class(cloud: FakeCloud, quotas: Quotas) -> None:
    quotas.add('project-1', cores=99)
    (found,) = Quota().discover(cloud)
    (step,) = Quota().ladder(found)
    step.run(cloud, found)
    assert cloud.sent('DELETE') == ['/os-quota-sets/project-1']
    assert ids(Quota(), cloud) == []


def test_a_quota_is_its_projects_and_so_goes_before_it(cloud: FakeCloud, quotas: Quotas) -> None:
    quotas.add('project-1', cores=99)
    (found,) = Quota().discover(cloud)
    assert found.project_id == found.id == 'project-1'


def test_a_project_that_goes_while_quotas_are_read_has_none(cloud: FakeCloud, quotas: Quotas) -> None:
    quotas.add('project-1', cores=99)
    quotas.add('project-2', cores=99)
    cloud.before(('compute', 'GET', '/os-quota-sets/'), lambda _: cloud.projects.pop('project-1'), after=1)
    assert ids(Quota(), cloud) == ['project-2']


def test_a_quota_that_nova_does_not_show_of_a_living_project_is_not_the_default(
    cloud: FakeCloud, quotas: Quotas
) -> None:
    quotas.add('project-1', cores=99)
    cloud.fail(('compute', 'GET', '/os-quota-sets/project-1'), ApiError.of(400, 'not a valid project'))
    with pytest.raises(BadRequest):
        ids(Quota(), cloud)
