"""The life of what Keystone has, and what it does that its users do not expect."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.inside.cloud import admin as connect
from lab.layout import Lab
from lab.scenarios.project import Project as MadeProject
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import Conflict, Forbidden, IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.keystone_project import grant, identity
from orphancleanup.plugins.keystone_project.application_credential import ApplicationCredential
from orphancleanup.plugins.keystone_project.credential import Credential
from orphancleanup.plugins.keystone_project.domain import Domain
from orphancleanup.plugins.keystone_project.endpoint import Endpoint
from orphancleanup.plugins.keystone_project.group import Group
from orphancleanup.plugins.keystone_project.limit import Limit
from orphancleanup.plugins.keystone_project.project import Project
from orphancleanup.plugins.keystone_project.region import Region
from orphancleanup.plugins.keystone_project.role import Role
from orphancleanup.plugins.keystone_project.role_assignment import RoleAssignment
from orphancleanup.plugins.keystone_project.service import Service
from orphancleanup.plugins.keystone_project.trust import Trust
from orphancleanup.plugins.keystone_project.user import User
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import database, life
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL
HANDLERS: tuple[Handler, ...] = (
    ApplicationCredential(), Credential(), Domain(), Endpoint(), Group(), Limit(), Project(), Region(), Role(),
    RoleAssignment(), Service(), Trust(), User(),
)  # fmt: skip
_ASSIGN = 'INSERT INTO assignment (type, actor_id, target_id, role_id, inherited) VALUES (%s, %s, %s, %s, 0)'


def unique(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:8]}'


class Keystone:
    """Makes things in Keystone by its own API, and takes them away again."""

    def __init__(self, lab: Lab) -> None:
        self._connection = connect(lab.clouds_yaml)
        self.api = self._connection.identity
        self._made: list[str] = []

    def make(self, path: str, key: str, **fields: Any) -> dict[str, Any]:
        """Make one; answer its record."""
        made = self.send('post', path, {key: fields})[key]
        self._made.append(f'{path}/{made["id"]}')
        return dict(made)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that must succeed; answer its document."""
        answer = getattr(self.api, method)(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.text else None

    def exists(self, path: str) -> bool:
        answer = self.api.get(path)
        assert answer.status_code in (200, 404), answer.text
        return bool(answer.status_code == 200)

    def domain(self) -> dict[str, Any]:
        return self.make('/domains', 'domain', name=unique('domain'))

    def project(self, **fields: Any) -> dict[str, Any]:
        return self.make(
            '/projects', 'project', **{'name': unique('project'), 'domain_id': 'default', **fields}
        )

    def user(self, **fields: Any) -> dict[str, Any]:
        fresh = {'name': unique('user'), 'domain_id': 'default', 'password': 'secret'}
        return self.make('/users', 'user', **{**fresh, **fields})

    def role(self, **fields: Any) -> dict[str, Any]:
        return self.make('/roles', 'role', **{'name': unique('role'), **fields})

    def role_id(self, name: str) -> str:
        (role,) = self.send('get', f'/roles?name={name}')['roles']
        return str(role['id'])

    def forget_roles(self) -> None:
        """Have Keystone read all roles from its database again, as it does after each change of its own."""
        user, project = self.user(), self.project()
        self.send('put', f'/projects/{project["id"]}/users/{user["id"]}/roles/{self.role_id("member")}')

    def clear(self) -> None:
        for path in reversed(self._made):
            if path.startswith('/domains/'):
                self.api.patch(path, json={'domain': {'enabled': False}})
            self.api.delete(path)
        self._connection.close()


@pytest.fixture
def keystone(the_lab: Lab) -> Iterator[Keystone]:
    made = Keystone(the_lab)
    try:
        yield made
    finally:
        made.clear()


def goes(handler: Handler, cloud: RealCloud, identifier: str, *steps: str) -> Resource:
    """See a resource through to its end by the given steps; answer how it was."""
    seen = life.found(handler, cloud, identifier)
    for step in steps or ('delete',):
        life.climb(handler, cloud, seen, step)
    life.await_end(handler, cloud, seen)
    return seen


def test_a_project_lives_and_goes(cloud: RealCloud, keystone: Keystone) -> None:
    above = keystone.project(tags=['blue'])
    below = keystone.project(parent_id=above['id'])
    seen = life.found(Project(), cloud, above['id'])
    assert (seen.project_id, seen.tags, seen.is_system) == (above['id'], {'blue'}, False)
    with pytest.raises(Forbidden, match='not a leaf'):
        life.climb(Project(), cloud, seen, 'delete')
    lower = goes(Project(), cloud, below['id'])
    assert lower.parents == (Ref('keystone-domain', 'default'), Ref('keystone-project', above['id']))
    goes(Project(), cloud, above['id'])


def test_an_immutable_project_says_so_before_keystone_does(cloud: RealCloud, keystone: Keystone) -> None:
    made = keystone.project(options={'immutable': True})
    seen = life.found(Project(), cloud, made['id'])
    assert 'immutable' in seen.protection
    with pytest.raises(Forbidden, match='immutable'):
        life.climb(Project(), cloud, seen, 'delete')
    keystone.send('patch', f'/projects/{made["id"]}', {'project': {'options': {'immutable': False}}})


def test_a_user_lives_and_goes_with_its_roles(cloud: RealCloud, keystone: Keystone) -> None:
    user, project = keystone.user(), keystone.project()
    keystone.send('put', f'/projects/{project["id"]}/users/{user["id"]}/roles/{keystone.role_id("member")}')
    seen = goes(User(), cloud, user['id'])
    assert seen.serves == {project['id']}
    assert keystone.send('get', f'/role_assignments?user.id={user["id"]}')['role_assignments'] == []


def test_the_services_users_are_told_by_where_they_work(cloud: RealCloud, keystone: Keystone) -> None:
    (service,) = keystone.send('get', '/projects?name=service')['projects']
    told = {each.name: each for each in User().discover(cloud)}
    for name in ('nova', 'neutron', 'cinder', 'glance', 'heat', 'placement'):
        assert told[name].serves == {service['id']}, name
    assert told['admin'].is_system


def test_what_heat_makes_for_the_users_of_a_stack_is_its_own(
    cloud: RealCloud, keystone: Keystone, project: MadeProject
) -> None:
    heat = project.connection.orchestration
    template = {
        'heat_template_version': '2021-04-16',
        'resources': {'signal': {'type': 'OS::Heat::WaitConditionHandle'}},
    }
    stack = heat.create_stack(name=unique('stack'), template=template)
    life.until('the stack', lambda: heat.get_stack(stack.id).status == 'CREATE_COMPLETE')
    (domain,) = keystone.send('get', '/domains?name=heat')['domains']
    theirs = Ref('keystone-domain', domain['id'])
    assert life.found(Domain(), cloud, domain['id']).is_system
    projects = [each for each in Project().discover(cloud) if theirs in each.parents]
    users = [each for each in User().discover(cloud) if theirs in each.parents]
    assert len(projects) >= 1
    assert {each.name for each in users} > {'heat_domain_admin'}
    assert all(each.is_system for each in (*projects, *users))
    heat.delete_stack(stack.id)
    life.until('its end', lambda: heat.find_stack(stack.name) is None)


def test_a_group_lives_and_goes(cloud: RealCloud, keystone: Keystone) -> None:
    group = keystone.make('/groups', 'group', name=unique('group'), domain_id='default')
    assert goes(Group(), cloud, group['id']).protection == ''


def test_a_group_of_the_account_that_runs_stays(cloud: RealCloud, keystone: Keystone) -> None:
    group = keystone.make('/groups', 'group', name=unique('group'), domain_id='default')
    keystone.send('put', f'/groups/{group["id"]}/users/{cloud.user_id}')
    assert life.found(Group(), cloud, group['id']).protection == identity.OWN


def test_a_role_lives_and_goes_and_tells_who_has_it(cloud: RealCloud, keystone: Keystone) -> None:
    role, user = keystone.role(), keystone.user()
    keystone.send('put', f'/domains/default/users/{user["id"]}/roles/{role["id"]}')
    assert goes(Role(), cloud, role['id']).alters == (Ref('keystone-user', user['id']),)


def test_a_role_of_a_domain_is_listed_and_goes(cloud: RealCloud, keystone: Keystone) -> None:
    domain = keystone.domain()
    role = keystone.role(domain_id=domain['id'])
    assert goes(Role(), cloud, role['id']).parents == (Ref('keystone-domain', domain['id']),)


def test_the_roles_of_bootstrap_are_known(cloud: RealCloud) -> None:
    system = {each.name for each in Role().discover(cloud) if each.is_system}
    assert system == {'admin', 'manager', 'member', 'reader', 'service'}


def test_a_domain_goes_when_it_is_empty_and_disabled(cloud: RealCloud, keystone: Keystone) -> None:
    """Enabled, Keystone would refuse it; with something in it, it would take that along."""
    made = keystone.domain()
    seen = life.found(Domain(), cloud, made['id'])
    assert life.names(Domain(), cloud, seen) == ['disable', 'delete']
    for key, make in (('project', keystone.project), ('user', keystone.user)):
        inside = make(domain_id=made['id'])
        for step in ('disable', 'delete'):
            with pytest.raises(Conflict, match=inside['id']):
                life.climb(Domain(), cloud, seen, step)
        keystone.send('delete', f'/{key}s/{inside["id"]}')
    assert keystone.send('get', f'/domains/{made["id"]}')['domain']['enabled']
    life.climb(Domain(), cloud, seen, 'disable')
    assert life.names(Domain(), cloud, seen) == ['delete']
    goes(Domain(), cloud, made['id'])


def test_a_region_goes_when_nothing_is_below_it(cloud: RealCloud, keystone: Keystone) -> None:
    above = keystone.make('/regions', 'region', id=unique('Region'))
    below = keystone.make('/regions', 'region', id=unique('Region'), parent_region_id=above['id'])
    seen = life.found(Region(), cloud, above['id'])
    assert (seen.name, seen.parents) == (above['id'], ())
    with pytest.raises(Conflict, match=below['id']):
        life.climb(Region(), cloud, seen, 'delete')
    assert goes(Region(), cloud, below['id']).parents == (Ref('keystone-region', above['id']),)
    goes(Region(), cloud, above['id'])


def test_a_service_goes_after_its_endpoints(cloud: RealCloud, keystone: Keystone) -> None:
    service = keystone.make('/services', 'service', type=unique('type'), name=unique('service'))
    endpoint = keystone.make(
        '/endpoints',
        'endpoint',
        service_id=service['id'],
        region_id='RegionOne',
        interface='public',
        url='http://x',
    )
    seen = life.found(Service(), cloud, service['id'])
    with pytest.raises(Conflict, match=endpoint['id']):
        life.climb(Service(), cloud, seen, 'delete')
    lower = goes(Endpoint(), cloud, endpoint['id'])
    assert lower.parents == (seen.ref, Ref('keystone-region', 'RegionOne'))
    goes(Service(), cloud, service['id'])


def test_keystone_and_its_endpoints_are_its_own(cloud: RealCloud) -> None:
    (itself,) = (each for each in Service().discover(cloud) if each.is_system)
    assert itself.name == 'keystone'
    system = [each for each in Endpoint().discover(cloud) if each.is_system]
    assert system
    assert {each.parents[0] for each in system} == {itself.ref}


def credential(keystone: Keystone, user: str, **fields: Any) -> str:
    """Make an EC2 key; return its id."""
    blob = json.dumps({'access': uuid.uuid4().hex, 'secret': 'hush'})
    made = keystone.make('/credentials', 'credential', type='ec2', user_id=user, blob=blob, **fields)
    return str(made['id'])


def test_a_credential_lives_and_goes_and_keeps_its_secret(cloud: RealCloud, keystone: Keystone) -> None:
    user, project = keystone.user(), keystone.project()
    seen = goes(Credential(), cloud, credential(keystone, user['id'], project_id=project['id']))
    assert (seen.project_id, seen.parents) == ('', (Ref('keystone-user', user['id']),))
    assert 'hush' not in repr(seen)
    assert life.found(
        Credential(), cloud, credential(keystone, cloud.user_id, project_id=cloud.project_id)
    ).protection


def test_a_credential_goes_with_its_project(cloud: RealCloud, keystone: Keystone) -> None:
    """Of what its user has elsewhere, nothing does: so it is in no project, and keeps none."""
    user, project = keystone.user(), keystone.project()
    made = [credential(keystone, user['id'], project_id=project['id']) for _ in range(2)]
    goes(Project(), cloud, project['id'])
    assert [Credential().look(cloud, Ref(Credential.kind, each)) for each in made] == [None, None]


def as_user(project: MadeProject) -> tuple[Any, str]:
    """Return Keystone as the user of a project sees it, and that user."""
    return project.connection.identity, str(project.connection.current_user_id)


def application_credential(project: MadeProject) -> str:
    mine, user = as_user(project)
    body = {'application_credential': {'name': unique('key')}}
    answer = mine.post(f'/users/{user}/application_credentials', json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()['application_credential']['id'])


def test_an_application_credential_lives_and_goes(cloud: RealCloud, project: MadeProject) -> None:
    """An administrator finds it by its id alone, whatever user the path names."""
    _, user = as_user(project)
    seen = goes(ApplicationCredential(), cloud, application_credential(project))
    assert (seen.project_id, seen.parents, seen.protection) == ('', (Ref('keystone-user', user),), '')


def test_an_application_credential_outlives_its_project_and_goes_with_its_user(
    cloud: RealCloud, sandbox: Sandbox
) -> None:
    project = sandbox.project('dies')
    _, user = as_user(project)
    seen = life.found(ApplicationCredential(), cloud, application_credential(project))
    sandbox.kill_project(project)
    assert life.found(ApplicationCredential(), cloud, seen.id) == seen
    goes(User(), cloud, user)
    life.await_end(ApplicationCredential(), cloud, seen)


def trust(project: MadeProject, trustee: str, **fields: Any) -> str:
    mine, user = as_user(project)
    body = {
        'trustor_user_id': user, 'trustee_user_id': trustee, 'project_id': project.project_id, 'impersonation': True,
        'roles': [{'name': 'member'}], **fields,
    }  # fmt: skip
    answer = mine.post('/OS-TRUST/trusts', json={'trust': body})
    assert answer.status_code == 201, answer.text
    return str(answer.json()['trust']['id'])


def test_a_trust_lives_and_goes(cloud: RealCloud, keystone: Keystone, project: MadeProject) -> None:
    _, user = as_user(project)
    trustee = keystone.user()['id']
    seen = goes(Trust(), cloud, trust(project, trustee))
    assert seen.parents == (Ref('keystone-user', user), Ref('keystone-user', trustee))
    assert (seen.project_id, seen.owners) == ('', ())


def test_a_trust_in_a_service_goes_with_its_user(
    cloud: RealCloud, keystone: Keystone, project: MadeProject
) -> None:
    _, user = as_user(project)
    (heat,) = keystone.send('get', '/users?name=heat&domain_id=default')['users']
    seen = goes(Trust(), cloud, trust(project, heat['id']))
    assert seen.owners == (Ref('keystone-user', user),)


def test_a_trust_that_is_over_is_listed_and_neither_shown_nor_deleted(
    cloud: RealCloud, keystone: Keystone, project: MadeProject
) -> None:
    trustee = keystone.user()['id']
    soon = time.strftime('%Y-%m-%dT%H:%M:%S.000000Z', time.gmtime(time.time() + 12))
    made = trust(project, trustee, expires_at=soon)

    def told() -> str:
        return next(each.status for each in Trust().discover(cloud) if each.id == made)

    assert told() == ''
    life.until('its time', lambda: told() == 'spent')
    assert Trust().look(cloud, Ref('keystone-trust', made)) is None
    assert keystone.api.delete(f'/OS-TRUST/trusts/{made}').status_code == 404
    assert told() == 'spent'
    assert Trust.states.is_gone('spent')


def limited(keystone: Keystone, **fields: Any) -> str:
    """Register a resource, and limit it; return the id of the limit."""
    service = keystone.make('/services', 'service', type=unique('type'), name=unique('service'))
    name = unique('resource')
    registered = {'service_id': service['id'], 'resource_name': name, 'default_limit': 5}
    (first,) = keystone.send('post', '/registered_limits', {'registered_limits': [registered]})[
        'registered_limits'
    ]
    keystone._made.append(f'/registered_limits/{first["id"]}')
    body = {'service_id': service['id'], 'resource_name': name, 'resource_limit': 3, **fields}
    (made,) = keystone.send('post', '/limits', {'limits': [body]})['limits']
    keystone._made.append(f'/limits/{made["id"]}')
    return str(made['id'])


def test_a_limit_lives_and_goes(cloud: RealCloud, keystone: Keystone) -> None:
    project = keystone.project()
    seen = goes(Limit(), cloud, limited(keystone, project_id=project['id']))
    assert seen.project_id == project['id']
    assert [each.kind for each in seen.parents] == ['keystone-service']
    domain = keystone.domain()
    seen = goes(Limit(), cloud, limited(keystone, domain_id=domain['id']))
    assert (seen.project_id, Ref('keystone-domain', domain['id']) in seen.parents) == ('', True)


@pytest.fixture
def lose(the_lab: Lab, keystone: Keystone) -> Iterator[Callable[[str, str, str], str]]:
    """Return what writes a role into the database, of somebody or in something that is not there."""
    written: list[tuple[str, str]] = []

    def write(what: str, who: str, where: str) -> str:
        database.execute(the_lab, 'keystone', _ASSIGN, what, who, where, keystone.role_id('reader'))
        keystone.forget_roles()
        written.append((who, where))
        holder, scope = ('group' if what.startswith('Group') else 'user'), what[-7:].lower().removeprefix('r')
        words = {'GroupProject': 'project', 'UserProject': 'project', 'UserDomain': 'domain'}
        assert scope
        return grant.Grant(holder, who, words[what], where, keystone.role_id('reader')).id

    yield write
    for who, where in written:
        # As a database is repaired; what the test has removed is not there any more.
        database.execute(
            the_lab, 'keystone', 'INSERT INTO assignment (type, actor_id, target_id, role_id, inherited) '
            "VALUES ('UserProject', %s, %s, 'repair', 0)", who, where,
        )  # fmt: skip
        database.execute(
            the_lab, 'keystone', 'DELETE FROM assignment WHERE actor_id = %s AND target_id = %s', who, where
        )
    keystone.forget_roles()


@pytest.mark.parametrize(
    ('what', 'kind'), [('UserProject', 'user'), ('GroupProject', 'group'), ('UserDomain', 'user')]
)
def test_a_role_of_somebody_who_is_gone_goes(
    cloud: RealCloud, keystone: Keystone, lose: Callable[[str, str, str], str], what: str, kind: str
) -> None:
    where = 'default' if what == 'UserDomain' else keystone.project()['id']
    ghost = uuid.uuid4().hex
    seen = goes(RoleAssignment(), cloud, lose(what, ghost, where))
    assert (seen.project_id, seen.parents) == ('', (Ref(f'keystone-{kind}', ghost),))


def test_a_role_in_a_project_that_is_gone_only_goes_with_its_user(
    cloud: RealCloud, keystone: Keystone, lose: Callable[[str, str, str], str]
) -> None:
    """Keystone answers 404 for the project, and lists the role all the same."""
    user, ghost = keystone.user()['id'], uuid.uuid4().hex
    seen = life.found(RoleAssignment(), cloud, lose('UserProject', user, ghost))
    assert (seen.project_id, seen.parents) == (ghost, (Ref('keystone-project', ghost),))
    with pytest.raises(Conflict, match='goes with the user'):
        life.climb(RoleAssignment(), cloud, seen, 'delete')
    goes(User(), cloud, user)
    life.await_end(RoleAssignment(), cloud, seen)


def test_of_roles_that_are_in_order_nothing_is_told(cloud: RealCloud) -> None:
    assert list(RoleAssignment().discover(cloud)) == []


@pytest.mark.parametrize('handler', HANDLERS, ids=lambda handler: handler.kind)
def test_what_never_was_is_gone(cloud: RealCloud, handler: Handler) -> None:
    assert handler.look(cloud, Ref(handler.kind, uuid.uuid4().hex)) is None


@pytest.mark.parametrize(
    'handler',
    [each for each in HANDLERS if each.kind not in ('keystone-region',)],
    ids=lambda handler: handler.kind,
)
def test_a_list_that_is_no_administrators_is_never_taken_for_the_whole(
    member: RealCloud, keystone: Keystone, handler: Handler
) -> None:
    credential(keystone, member.user_id, project_id=member.project_id)
    with pytest.raises(IncompleteListing):
        list(handler.discover(member))
