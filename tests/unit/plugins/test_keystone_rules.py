"""What is special about the kinds of Keystone, and the pitfalls that each of them has."""

import datetime
from collections.abc import Iterable

import pytest

from orphancleanup.errors import ApiError, Conflict, Forbidden, IncompleteListing, NotFound
from orphancleanup.handler import Handler
from orphancleanup.installed import registry
from orphancleanup.judging.classify import classify
from orphancleanup.judging.selection import Protection, Request, Selection
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import Inventory, Project, Ref, Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.plugins.keystone_project.application_credential import ApplicationCredential
from orphancleanup.plugins.keystone_project.credential import Credential
from orphancleanup.plugins.keystone_project.domain import Domain
from orphancleanup.plugins.keystone_project.endpoint import Endpoint
from orphancleanup.plugins.keystone_project.group import Group
from orphancleanup.plugins.keystone_project.limit import Limit
from orphancleanup.plugins.keystone_project.project import Project as ProjectKind
from orphancleanup.plugins.keystone_project.region import Region
from orphancleanup.plugins.keystone_project.role import Role
from orphancleanup.plugins.keystone_project.role_assignment import RoleAssignment
from orphancleanup.plugins.keystone_project.service import Service
from orphancleanup.plugins.keystone_project.trust import Trust
from orphancleanup.plugins.keystone_project.user import User
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, ADMIN_USER, FakeCloud
from tests.unit.plugins.fake_keystone import Keystone

NOW = datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC)
HANDLERS: tuple[Handler, ...] = (
    ApplicationCredential(), Credential(), Domain(), Endpoint(), Group(), Limit(), ProjectKind(), Region(), Role(),
    RoleAssignment(), Service(), Trust(), User(),
)  # fmt: skip
LOADED = registry.build(registry.Loaded(each, 'keystone-project', 'tests 1.0') for each in HANDLERS)


@pytest.fixture
def keystone(cloud: FakeCloud) -> Keystone:
    return Keystone(cloud)


def one(handler: Handler, cloud: FakeCloud, identifier: str) -> Resource:
    """Return a resource as it is listed, which is as it is shown."""
    (found,) = (each for each in handler.discover(cloud) if each.id == identifier)
    assert handler.look(cloud, found.ref) == found
    return found


def judged(
    cloud: FakeCloud,
    selection: Selection,
    services: frozenset[str] = frozenset({'service'}),
    handlers: Iterable[Handler] = HANDLERS,
) -> dict[Ref, Verdict]:
    """Return what becomes of everything in Keystone."""
    found = [each for handler in handlers for each in handler.discover(cloud)]
    projects = {
        each['id']: Project(each['id'], each['name'], each['domain_id'])
        for each in cloud.service('identity').pages('/projects', 'projects')
    }
    inventory = Inventory(
        {each.ref: each for each in found if not LOADED.handler(each.kind).states.is_gone(each.status)},
        projects,
        listed=frozenset(LOADED.order),
        project_kinds=LOADED.project_kinds,
    )
    protection = Protection(own_ids=cloud.own_ids, own_project=cloud.project_id, service_projects=services)
    request = Request(
        Selection(
            orphans=selection.orphans,
            everything=selection.everything,
            refs=selection.refs,
            prefixes=selection.prefixes,
            selected_by=LOADED.selected_by,
        ),
        protection=protection,
    )
    return {each.resource.ref: each for each in classify(inventory, request, LOADED.before, NOW)}


def named(*resources: Resource) -> Selection:
    return Selection(refs=frozenset(each.ref for each in resources))


def going(verdicts: dict[Ref, Verdict]) -> set[str]:
    return {ref.id for ref, verdict in verdicts.items() if verdict.reasons and not verdict.guards}


def guards(verdict: Verdict) -> set[str]:
    return {guard.code for guard in verdict.guards}


# What the whole cloud shares


def test_the_kinds_of_the_whole_cloud_go_only_when_they_are_meant() -> None:
    meant = {'named', 'prefix', 'not-in-baseline'}
    for kind in ('project', 'user', 'group', 'role', 'domain', 'region'):
        assert LOADED.selected_by[f'keystone-{kind}'] == meant
    for kind in ('credential', 'application-credential', 'trust'):
        assert LOADED.selected_by[f'keystone-{kind}'] == meant | {'parent-missing'}


def test_services_and_endpoints_go_only_by_a_saved_state() -> None:
    for kind in ('service', 'endpoint'):
        assert LOADED.selected_by[f'keystone-{kind}'] == {'not-in-baseline'}


def test_nothing_of_a_living_project_goes_as_an_orphan(cloud: FakeCloud, keystone: Keystone) -> None:
    project, user = keystone.add_project(), keystone.add_user()
    service = keystone.add_service()
    keystone.add_limit(project_id=project['id'], service_id=service['id'])
    keystone.add_credential(user['id'], project_id=project['id'])
    keystone.add_application_credential(user['id'], project_id=project['id'])
    keystone.add_role()
    keystone.add_domain()
    assert going(judged(cloud, Selection(orphans=True))) == set()
    assert going(judged(cloud, Selection(everything=True))) == set(keystone.limits.items)


def test_users_and_projects_go_after_everything_else() -> None:
    last = LOADED.last
    assert {'keystone-user', 'keystone-project', 'keystone-group', 'keystone-role', 'keystone-domain'} <= last
    assert not {'keystone-trust', 'keystone-credential', 'keystone-limit'} & last
    assert LOADED.order.index('keystone-domain') > LOADED.order.index('keystone-project')


# Projects


def test_a_project_is_in_itself_and_depends_on_its_domain_and_the_one_above(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    keystone.add_project(id='above')
    keystone.add_project(id='below', parent_id='above')
    assert one(ProjectKind(), cloud, 'above').parents == (Ref('keystone-domain', 'default'),)
    below = one(ProjectKind(), cloud, 'below')
    assert below.project_id == 'below'
    assert below.parents == (Ref('keystone-domain', 'default'), Ref('keystone-project', 'above'))


def test_a_project_with_one_below_it_that_stays_is_kept(cloud: FakeCloud, keystone: Keystone) -> None:
    """Keystone answers 403 for one that is no leaf, and deletes no subtree by its API."""
    keystone.add_project(id='above')
    keystone.add_project(id='below', parent_id='above')
    above, below = one(ProjectKind(), cloud, 'above'), one(ProjectKind(), cloud, 'below')
    assert guards(judged(cloud, named(above))[above.ref]) == {'in-use'}
    assert going(judged(cloud, named(above, below))) == {'above', 'below'}
    with pytest.raises(Forbidden):
        ProjectKind().delete(cloud, above)


@pytest.mark.parametrize(
    ('handler', 'add'), [(ProjectKind(), 'add_project'), (Domain(), 'add_domain'), (Role(), 'add_role')]
)
def test_what_is_immutable_says_why_it_stays(
    cloud: FakeCloud, keystone: Keystone, handler: Handler, add: str
) -> None:
    made = getattr(keystone, add)(options={'immutable': True})
    assert 'immutable' in one(handler, cloud, made['id']).protection


def test_a_project_with_a_limit_that_stays_is_kept(cloud: FakeCloud, keystone: Keystone) -> None:
    keystone.add_project(id='p')
    service = keystone.add_service()
    keystone.add_limit(id='l', project_id='p', service_id=service['id'])
    project, limit = one(ProjectKind(), cloud, 'p'), one(Limit(), cloud, 'l')
    assert guards(judged(cloud, named(project))[project.ref]) == {'in-use'}
    assert going(judged(cloud, named(project, limit))) == {'p', 'l'}


# What is never taken


def test_the_account_that_runs_and_its_project_stay(cloud: FakeCloud, keystone: Keystone) -> None:
    mine = one(User(), cloud, ADMIN_USER), one(ProjectKind(), cloud, ADMIN_PROJECT)
    told = judged(cloud, named(*mine))
    assert [guards(told[each.ref]) >= {'own'} for each in mine] == [True, True]


def test_the_credentials_trusts_and_groups_of_the_account_that_runs_stay(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    """A cleaner that works by an application credential must not delete it."""
    other = keystone.add_user()
    mine = [
        one(Credential(), cloud, keystone.add_credential(ADMIN_USER)['id']),
        one(ApplicationCredential(), cloud, keystone.add_application_credential(ADMIN_USER)['id']),
        one(Trust(), cloud, keystone.add_trust(ADMIN_USER, other['id'])['id']),
        one(Group(), cloud, keystone.add_group(keystone.users.get(ADMIN_USER))['id']),
    ]
    told = judged(cloud, named(*mine))
    assert {each.protection for each in mine} == {identity.OWN}
    assert all(guards(told[each.ref]) == {'protected'} for each in mine)


def test_the_roles_of_bootstrap_stay_and_so_does_nothing_that_is_only_called_so(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    keystone.add_domain(id='d')
    for name in ('admin', 'manager', 'member', 'reader', 'service'):
        assert one(Role(), cloud, keystone.add_role(name=name)['id']).is_system
    assert not one(Role(), cloud, keystone.add_role(name='admin', domain_id='d')['id']).is_system
    assert not one(Role(), cloud, keystone.add_role(name='administrator')['id']).is_system


def test_what_bootstrap_has_made_stays_whoever_runs(cloud: FakeCloud, keystone: Keystone) -> None:
    keystone.add_domain(id='d')
    assert one(User(), cloud, keystone.add_user(name='admin')['id']).is_system
    assert one(ProjectKind(), cloud, keystone.add_project(name='admin')['id']).is_system
    assert not one(User(), cloud, keystone.add_user(name='admin', domain_id='d')['id']).is_system
    assert not one(ProjectKind(), cloud, keystone.add_project(name='admin', domain_id='d')['id']).is_system
    assert one(Domain(), cloud, 'default').is_system


def test_a_user_that_works_in_a_project_of_the_services_stays(cloud: FakeCloud, keystone: Keystone) -> None:
    """Its own default project says nothing about it: what it has a role in does."""
    keystone.add_project(id='svc', name='service')
    keystone.add_project(id='custom', name='infrastructure')
    for name, project in (('nova', 'svc'), ('octavia', 'custom')):
        keystone.add_user(id=name, name=name)
        keystone.assign('service', {'project': {'id': project}}, user=name)
    keystone.add_user(id='plain')
    users = [one(User(), cloud, each) for each in ('nova', 'octavia', 'plain')]
    assert going(judged(cloud, named(*users))) == {'octavia', 'plain'}
    assert going(judged(cloud, named(*users), frozenset({'service', 'infrastructure'}))) == {'plain'}
    told = judged(cloud, named(*users))
    assert guards(told[users[0].ref]) == {'service-project'}


@pytest.mark.parametrize(
    'domain',
    [
        {'name': 'heat'},
        {'name': 'heat_user_domain'},
        {'description': 'Owns users and projects created by heat'},
    ],
)
def test_what_is_in_the_domain_of_heats_stack_users_stays(
    cloud: FakeCloud, keystone: Keystone, domain: dict[str, str]
) -> None:
    """They look like nobody's, and go with their stacks."""
    keystone.add_domain(id='h', **domain)
    user = one(User(), cloud, keystone.add_user(domain_id='h')['id'])
    assert user.is_system
    assert one(Domain(), cloud, 'h').is_system
    assert guards(judged(cloud, named(user))[user.ref]) >= {'system'}


def test_a_domain_of_heats_by_any_name_is_known_by_a_project_of_a_stack_in_it(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    keystone.add_domain(id='h', name='orchestration')
    keystone.add_domain(id='d', name='plain')
    user, other = keystone.add_user(domain_id='h'), keystone.add_user(domain_id='d')
    assert not one(User(), cloud, user['id']).is_system
    project = keystone.add_project(domain_id='h', description='Heat stack user project')
    assert one(ProjectKind(), cloud, project['id']).is_system
    assert one(User(), cloud, user['id']).is_system
    assert not one(User(), cloud, other['id']).is_system
    assert one(Domain(), cloud, 'h').is_system
    credential = keystone.add_credential(user['id'], project_id=project['id'])
    assert one(Credential(), cloud, credential['id']).is_system


def test_keystone_itself_and_its_endpoints_stay(cloud: FakeCloud, keystone: Keystone) -> None:
    keystone.add_region(id='RegionOne')
    keystone.add_service(id='k', type='identity')
    keystone.add_service(id='d', type='dns')
    assert one(Service(), cloud, 'k').is_system
    assert not one(Service(), cloud, 'd').is_system
    assert one(Endpoint(), cloud, keystone.add_endpoint('k')['id']).is_system
    assert not one(Endpoint(), cloud, keystone.add_endpoint('d')['id']).is_system


# Listings that are not the whole


@pytest.mark.parametrize('handler', [User(), Group()])
def test_each_domain_is_asked_for_its_own(cloud: FakeCloud, keystone: Keystone, handler: Handler) -> None:
    """Where domains have drivers of their own, Keystone shows those of one domain at a time."""
    keystone.add_domain(id='ldap')
    list(handler.discover(cloud))
    asked = [each.query.get('domain_id') for each in cloud.requests if each.path == f'/{handler.kind[9:]}s']
    assert set(asked) == {'default', 'ldap'}


@pytest.mark.parametrize('handler', [User(), Group(), ApplicationCredential(), RoleAssignment()])
def test_a_domain_whose_users_cannot_be_read_makes_an_incomplete_listing(
    cloud: FakeCloud, keystone: Keystone, handler: Handler
) -> None:
    """An LDAP that is away makes no user of its domain an orphan's parent."""
    keystone.add_domain(id='ldap')
    path = '/groups$' if isinstance(handler, Group) else '/users$'
    cloud.fail(('identity', 'GET', path), ApiError.of(500, 'ldap is away'), after=1)
    with pytest.raises(IncompleteListing):
        list(handler.discover(cloud))


@pytest.mark.parametrize(
    'handler', [User(), Group(), ProjectKind(), Domain(), ApplicationCredential()], ids=lambda each: each.kind
)
def test_a_listing_that_keystone_cuts_at_its_max_db_limit_is_read_past_its_end(
    cloud: FakeCloud, keystone: Keystone, handler: Handler
) -> None:
    """It gives a thousand since 2025.1, without a word and without a link."""
    for number in range(7):
        keystone.add_domain(id=f'd{number}')
        keystone.add_project(domain_id='d0')
        keystone.add_group(domain_id='d0')
        keystone.add_application_credential(keystone.add_user(domain_id='d0')['id'])
    expected = len(list(handler.discover(cloud)))
    assert expected >= 7
    for each in (keystone.users, keystone.groups, keystone.projects, keystone.domains):
        each.cut = 3
    assert len(list(handler.discover(cloud))) == expected


def test_somebody_whom_a_cut_list_lacks_has_no_lost_role(cloud: FakeCloud, keystone: Keystone) -> None:
    for _ in range(7):
        keystone.assign('r', {'domain': {'id': 'default'}}, user=keystone.add_user()['id'])
    keystone.users.cut = 2
    assert list(RoleAssignment().discover(cloud)) == []


def test_roles_of_domains_are_listed_too(cloud: FakeCloud, keystone: Keystone) -> None:
    keystone.add_domain(id='d')
    role = keystone.add_role(domain_id='d')
    assert one(Role(), cloud, role['id']).parents == (Ref('keystone-domain', 'd'),)


@pytest.mark.parametrize('handler', [Credential(), Limit()])
def test_a_listing_that_is_no_administrators_is_never_taken_for_the_whole(
    cloud: FakeCloud, keystone: Keystone, handler: Handler
) -> None:
    """Keystone leaves out what the account may not see, and does not say so."""
    keystone.is_admin = False
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(cloud))
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(cloud, Ref(handler.kind, 'x'))


@pytest.mark.parametrize('handler', HANDLERS, ids=lambda each: each.kind)
def test_what_keystone_cuts_at_its_list_limit_is_not_the_whole(
    cloud: FakeCloud, keystone: Keystone, handler: Handler
) -> None:
    limited = FakeCloud()
    Keystone(limited)
    whole = limited.answer

    def cut(request: object) -> object:
        return {**whole(request), 'truncated': True}  # type: ignore[arg-type]

    limited.answer = cut  # type: ignore[method-assign]
    with pytest.raises(IncompleteListing, match='list_limit'):
        list(handler.discover(limited))


# Users, and what is theirs


def test_a_user_is_never_disabled_first(cloud: FakeCloud, keystone: Keystone) -> None:
    """That alone is to delete its application credentials; enabling it again would not bring them back."""
    user = one(User(), cloud, keystone.add_user()['id'])
    (step,) = User().ladder(user)
    step.run(cloud, user)
    assert [each.method for each in cloud.requests if each.method != 'GET'] == ['DELETE']


def test_what_belongs_to_a_user_goes_first_and_keeps_it_while_it_stays(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    keystone.add_user(id='u', name='tempest-u')
    keystone.add_user(id='other')
    made = [
        one(Credential(), cloud, keystone.add_credential('u')['id']),
        one(ApplicationCredential(), cloud, keystone.add_application_credential('u')['id']),
        one(Trust(), cloud, keystone.add_trust('u', 'other')['id']),
    ]
    user = one(User(), cloud, 'u')
    for each in made:
        told = judged(cloud, named(user, *(other for other in made if other is not each)))
        assert guards(told[user.ref]) == {'in-use'}
    assert going(judged(cloud, named(user, *made))) == {'u', *(each.id for each in made)}


@pytest.mark.parametrize('kind', ['credential', 'application_credential', 'trust'])
def test_what_a_user_that_is_gone_has_left_is_an_orphan(
    cloud: FakeCloud, keystone: Keystone, kind: str
) -> None:
    other = keystone.add_user()['id']
    arguments = ('ghost', other) if kind == 'trust' else ('ghost',)
    made = getattr(keystone, f'add_{kind}')(*arguments)
    if kind == 'application_credential':
        # Keystone lists them by users: one whose user LDAP has lost is not listed at all.
        assert going(judged(cloud, Selection(orphans=True))) == set()
    else:
        assert going(judged(cloud, Selection(orphans=True))) == {made['id']}
    assert going(judged(cloud, Selection(everything=True))) == set()


def test_a_secret_of_a_credential_is_told_to_nobody(cloud: FakeCloud, keystone: Keystone) -> None:
    assert 'hush' not in repr(one(Credential(), cloud, keystone.add_credential('u')['id']))


def test_an_application_credential_of_a_deleted_project_stays_with_its_user(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    """Keystone leaves its row until the user goes: it is in no project, and no orphan."""
    keystone.add_user(id='u')
    left = one(
        ApplicationCredential(), cloud, keystone.add_application_credential('u', project_id='dead')['id']
    )
    assert (left.project_id, left.parents) == ('', (Ref('keystone-user', 'u'),))


# Trusts


def test_a_trust_that_is_over_counts_as_gone_although_it_is_listed(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    """Keystone lists it until ``trust_flush``, and neither shows nor deletes it."""
    keystone.add_user(id='u')
    over = keystone.add_trust('u', ADMIN_USER, expires_at='2026-01-01T00:00:00.000000Z')
    keystone.over.add(over['id'])
    used_up = keystone.add_trust('u', ADMIN_USER, remaining_uses=0)
    later = keystone.add_trust('u', ADMIN_USER, expires_at='2099-01-01T00:00:00.000000Z', remaining_uses=1)
    told = {each.id: each.status for each in Trust().discover(cloud)}
    assert told == {over['id']: 'spent', used_up['id']: 'spent', later['id']: ''}
    assert Trust.states.is_gone('spent')
    assert Trust().look(cloud, Ref('keystone-trust', over['id'])) is None
    user = one(User(), cloud, 'u')
    assert going(judged(cloud, named(user, one(Trust(), cloud, later['id'])))) == {'u', later['id']}


def test_a_trust_in_a_service_goes_with_its_user_and_not_by_itself(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    """Heat acts by it for as long as the stack lives."""
    keystone.add_project(id='svc', name='service')
    keystone.add_user(id='heat')
    keystone.assign('service', {'project': {'id': 'svc'}}, user='heat')
    keystone.add_user(id='u')
    trust = one(Trust(), cloud, keystone.add_trust('u', 'heat')['id'])
    user = one(User(), cloud, 'u')
    assert trust.owners == (user.ref,)
    assert guards(judged(cloud, named(trust))[trust.ref]) == {'owned'}
    assert going(judged(cloud, named(user))) == {'u', trust.id}


def test_a_trust_that_was_passed_on_depends_on_the_first(cloud: FakeCloud, keystone: Keystone) -> None:
    first = keystone.add_trust('u', 'v')
    second = one(Trust(), cloud, keystone.add_trust('u', 'w', redelegated_trust_id=first['id'])['id'])
    assert Ref('keystone-trust', first['id']) in second.parents


# Roles


def test_a_role_that_somebody_has_who_stays_is_kept_until_it_is_named(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    role = keystone.add_role(name='tempest-role')
    user, group = keystone.add_user(name='tempest-user'), keystone.add_group(name='production')
    keystone.assign(role['id'], {'domain': {'id': 'default'}}, group=group['id'])
    keystone.assign(role['id'], {'domain': {'id': 'default'}}, user=user['id'])
    found = one(Role(), cloud, role['id'])
    assert found.alters == (Ref('keystone-group', group['id']), Ref('keystone-user', user['id']))
    told = judged(cloud, Selection(prefixes=('tempest-',)))
    assert guards(told[found.ref]) == {'alters-kept'}
    assert going(judged(cloud, named(found))) == {role['id']}
    keystone.groups.remove(group['id'])
    assert going(judged(cloud, Selection(prefixes=('tempest-',)))) == {role['id'], user['id']}


# Domains, regions, services


def test_a_domain_is_disabled_first_and_only_when_it_is_enabled(cloud: FakeCloud, keystone: Keystone) -> None:
    domain = one(Domain(), cloud, keystone.add_domain()['id'])
    assert [(each.name, each.removes) for each in Domain().ladder(domain)] == [
        ('disable', False),
        ('delete', True),
    ]
    Domain().disable(cloud, domain)
    domain = one(Domain(), cloud, domain.id)
    assert [each.name for each in Domain().ladder(domain)] == ['delete']
    Domain().delete(cloud, domain)
    assert Domain().look(cloud, domain.ref) is None


@pytest.mark.parametrize('step', [0, 1])
@pytest.mark.parametrize('what', ['project', 'user', 'group'])
def test_a_domain_with_anything_in_it_is_neither_disabled_nor_deleted(
    cloud: FakeCloud, keystone: Keystone, what: str, step: int
) -> None:
    """Keystone would take it along without asking."""
    domain = one(Domain(), cloud, keystone.add_domain()['id'])
    late = getattr(keystone, f'add_{what}')(domain_id=domain.id)
    with pytest.raises(Conflict, match=f'still has the {what} {late["id"]}'):
        Domain().ladder(domain)[step].run(cloud, domain)
    assert {each.method for each in cloud.requests} == {'GET'}


@pytest.mark.parametrize('what', ['project', 'user', 'group', 'role'])
def test_a_domain_is_kept_by_what_is_in_it_and_stays(cloud: FakeCloud, keystone: Keystone, what: str) -> None:
    keystone.add_domain(id='d')
    getattr(keystone, f'add_{what}')(domain_id='d')
    domain = one(Domain(), cloud, 'd')
    assert guards(judged(cloud, named(domain))[domain.ref]) == {'in-use'}


def test_a_region_with_another_below_it_is_not_deleted(cloud: FakeCloud, keystone: Keystone) -> None:
    """Keystone would delete that, too."""
    keystone.add_region(id='above')
    region = one(Region(), cloud, 'above')
    keystone.add_region(id='below', parent_region_id='above')
    assert one(Region(), cloud, 'below').parents == (region.ref,)
    with pytest.raises(Conflict, match='below'):
        Region().delete(cloud, region)
    assert {each.method for each in cloud.requests} == {'GET'}


def test_a_region_is_kept_by_an_endpoint_in_it(cloud: FakeCloud, keystone: Keystone) -> None:
    keystone.add_region(id='tempest-region')
    keystone.add_endpoint(keystone.add_service()['id'], region_id='tempest-region')
    region = one(Region(), cloud, 'tempest-region')
    assert guards(judged(cloud, Selection(prefixes=('tempest-',)))[region.ref]) == {'in-use'}


def test_a_service_that_got_an_endpoint_is_not_deleted(cloud: FakeCloud, keystone: Keystone) -> None:
    """Keystone would delete that, too."""
    service = one(Service(), cloud, keystone.add_service()['id'])
    keystone.add_endpoint(service.id)
    with pytest.raises(Conflict, match='has the endpoint'):
        Service().delete(cloud, service)
    assert {each.method for each in cloud.requests} == {'GET'}


# Limits, and roles that outlived their ends


@pytest.mark.parametrize('selection', [Selection(orphans=True), Selection(everything=True)])
def test_a_limit_of_a_project_that_is_gone_is_an_orphan(
    cloud: FakeCloud, keystone: Keystone, selection: Selection
) -> None:
    service = keystone.add_service()
    limit = keystone.add_limit(project_id='dead', service_id=service['id'])
    assert going(judged(cloud, selection)) == {limit['id']}


SCOPES = [{'project': {'id': 'p'}}, {'domain': {'id': 'default'}}, {'system': {'all': True}}]
SCOPES += [{**each, 'OS-INHERIT:inherited_to': 'projects'} for each in SCOPES[:2]]


@pytest.mark.parametrize('scope', SCOPES, ids=str)
@pytest.mark.parametrize('holder', ['user', 'group'])
def test_a_role_of_a_user_or_a_group_that_is_gone_is_an_orphan_and_goes(
    cloud: FakeCloud, keystone: Keystone, scope: dict[str, object], holder: str
) -> None:
    keystone.add_project(id='p')
    keystone.assign('r', scope, **{holder: 'ghost'})
    keystone.assign('r', scope, user=ADMIN_USER)
    (lost,) = RoleAssignment().discover(cloud)
    assert lost.parents == (Ref(f'keystone-{holder}', 'ghost'),)
    assert going(judged(cloud, Selection(orphans=True))) == {lost.id}
    RoleAssignment().delete(cloud, lost)
    assert [each['user']['id'] for each in keystone.assigned] == [ADMIN_USER]


def test_a_role_in_a_project_that_is_gone_is_told_and_the_404_of_the_project_is_not_its_end(
    cloud: FakeCloud, keystone: Keystone
) -> None:
    """Keystone lists it for ever, and takes it away with its user only."""
    keystone.assign('r', {'project': {'id': 'dead'}}, user=ADMIN_USER)
    (lost,) = RoleAssignment().discover(cloud)
    assert (lost.project_id, lost.parents) == ('dead', (Ref('keystone-project', 'dead'),))
    assert going(judged(cloud, Selection(orphans=True))) == {lost.id}
    with pytest.raises(Conflict, match='goes with the user'):
        RoleAssignment().delete(cloud, lost)


def test_a_role_that_somebody_else_took_away_is_gone(cloud: FakeCloud, keystone: Keystone) -> None:
    keystone.assign('r', {'domain': {'id': 'default'}}, user='ghost')
    (lost,) = RoleAssignment().discover(cloud)
    keystone.assigned.clear()
    assert RoleAssignment().look(cloud, lost.ref) is None
    with pytest.raises(NotFound):
        RoleAssignment().delete(cloud, lost)


def test_roles_keep_no_user_and_no_project(cloud: FakeCloud, keystone: Keystone) -> None:
    keystone.add_project(id='p')
    keystone.add_user(id='u')
    keystone.assign('r', {'project': {'id': 'p'}}, user='u')
    user, project = one(User(), cloud, 'u'), one(ProjectKind(), cloud, 'p')
    assert going(judged(cloud, named(user, project))) == {'u', 'p'}
