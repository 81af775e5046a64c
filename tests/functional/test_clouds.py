"""The real cloud against real services."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import openstack
import pytest

from lab.layout import Lab
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.clouds.grants import Bounds, Grants, undo
from orphancleanup.clouds.projects import find_project, read_projects
from orphancleanup.errors import (
    AuthenticationFailed,
    CloudError,
    ConfigurationError,
    Forbidden,
    NotFound,
    ReadOnlyViolation,
    ServiceAbsent,
    ServiceHidden,
)
from orphancleanup.settings import HttpSettings

pytestmark = pytest.mark.functional

LISTINGS = {
    'block-storage': ('3.64', '/volumes/detail', 'volumes', {'all_tenants': 'true', 'with_count': 'true'}),
    'compute': ('2.79', '/servers/detail', 'servers', {'all_tenants': 'true'}),
    'orchestration': (None, '/stacks', 'stacks', {'global_tenant': 'true', 'show_nested': 'true'}),
    'network': (None, '/networks', 'networks', {}),
    'image': (None, '/images', 'images', {}),
}
# Keystone may take a moment.
SECONDS = 60.0


class Log:
    """Remembers records."""

    def __init__(self) -> None:
        self.records: list[Mapping[str, Any]] = []

    def write(self, *records: Mapping[str, Any]) -> None:
        self.records += records


@pytest.fixture
def cloud(the_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealCloud]:
    """Return the lab's cloud as an administrator, read-only."""
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(the_lab.clouds_yaml))
    opened = open_cloud(CloudSpec('lab'), HttpSettings())
    yield opened
    opened.close()


@pytest.fixture
def changing(cloud: RealCloud) -> RealCloud:
    """Return the same, allowed to change things."""
    cloud.allow_changes()
    return cloud


@pytest.fixture
def make_project(changing: RealCloud) -> Iterator[Callable[..., str]]:
    """Return what makes projects, which go afterwards, and the domains that they are in."""
    identity = changing.service('identity')
    projects: list[str] = []
    domains: list[str] = []

    def make(is_enabled: bool = True, domain: str = '') -> str:
        name = f'clouds-{secrets.token_hex(4)}'
        body: dict[str, Any] = {'name': name, 'enabled': is_enabled}
        if domain:
            made = identity.post('/domains', {'domain': {'name': f'{domain}-{secrets.token_hex(4)}'}})
            domains.append(made['domain']['id'])
            body['domain_id'] = domains[-1]
        projects.append(identity.post('/projects', {'project': body})['project']['id'])
        return projects[-1]

    yield make
    for project in projects:
        identity.delete(f'/projects/{project}')
    for each in domains:
        identity.patch(f'/domains/{each}', {'domain': {'enabled': False}})
        identity.delete(f'/domains/{each}')


def listed(cloud: RealCloud, service: str, **query: str | int) -> list[str]:
    microversion, path, key, always = LISTINGS[service]
    found = cloud.service(service, microversion).pages(path, key, {**always, **query})
    return sorted(item['id'] for item in found)


@pytest.mark.parametrize('service', LISTINGS)
def test_a_listing_in_small_pages_is_the_listing(cloud: RealCloud, service: str) -> None:
    # Somebody else may work in the lab: compare until nothing changed meanwhile.
    for _ in range(10):
        whole, pages, again = listed(cloud, service), listed(cloud, service, limit=2), listed(cloud, service)
        if whole == again:
            break
    assert pages == whole
    assert cloud.read_only


@pytest.mark.parametrize('service', LISTINGS)
def test_every_service_can_be_asked_past_the_end_of_a_listing(cloud: RealCloud, service: str) -> None:
    microversion, path, key, always = LISTINGS[service]
    for _ in range(10):
        whole = listed(cloud, service)
        past = cloud.service(service, microversion).pages(path, key, always, past_end=True)
        found = sorted(item['id'] for item in past)
        if whole == listed(cloud, service):
            break
    assert found == whole


def test_a_service_that_keystone_does_not_know_is_absent(cloud: RealCloud) -> None:
    with pytest.raises(ServiceAbsent, match='nor Keystone knows one'):
        cloud.service('load-balancer')
    assert cloud.sharing_regions('compute', 'block-storage') == frozenset()


def test_a_service_of_another_interface_is_hidden(cloud: RealCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    again = open_cloud(CloudSpec('lab'), HttpSettings())
    monkeypatch.setitem(again._connection.region.config, 'compute_interface', 'admin')
    with pytest.raises(ServiceHidden, match=r'its endpoints internal in region .*, public in region'):
        again.service('compute')
    again.close()


def test_a_project_is_confirmed_by_its_id_domains_too(
    cloud: RealCloud, make_project: Callable[..., str]
) -> None:
    project = make_project(is_enabled=False)
    assert find_project(cloud, project) == read_projects(cloud)[project]
    assert find_project(cloud, 'default') == read_projects(cloud)['default']
    assert find_project(cloud, '5f0c0000000000000000000000000000') is None


# openstacksdk warns of what it is going to drop.
@pytest.mark.filterwarnings('ignore::PendingDeprecationWarning')
def test_all_tenants_volumes_are_those_that_the_sdk_sees(cloud: RealCloud) -> None:
    with openstack.connect(cloud='lab') as connection:
        expected = sorted(volume.id for volume in connection.block_storage.volumes(all_projects=True))
        assert listed(cloud, 'block-storage') == expected


@pytest.mark.parametrize('service', LISTINGS)
def test_what_is_not_there_is_not_found_with_a_request_id(cloud: RealCloud, service: str) -> None:
    path = LISTINGS[service][1].removesuffix('/detail')
    with pytest.raises(NotFound) as caught:
        cloud.service(service).get(f'{path}/5f0c0000-0000-0000-0000-000000000000')
    assert caught.value.request_id.startswith('req-')
    assert '5f0c0000' in caught.value.message


def test_the_gate_refuses_and_nothing_changes(cloud: RealCloud) -> None:
    before = listed(cloud, 'block-storage')
    for volume in before[:1] or ['none']:
        with pytest.raises(ReadOnlyViolation):
            cloud.service('block-storage').delete(f'/volumes/{volume}')
        with pytest.raises(ReadOnlyViolation):
            cloud.service('block-storage').post(f'/volumes/{volume}/action', {'os-force_delete': {}})
    assert not [name for name in cloud.request_counts() if not name.endswith((' GET', 'identity POST'))]


def test_all_projects_are_read_disabled_ones_and_other_domains_too(
    cloud: RealCloud, make_project: Callable[..., str]
) -> None:
    disabled, elsewhere = make_project(is_enabled=False), make_project(domain='clouds')
    found = read_projects(cloud)
    assert not found[disabled].is_enabled
    assert found[elsewhere].domain_id not in ('', 'default')
    assert found[elsewhere].domain_id in found, 'a domain is a project, too'
    assert cloud.project_id in found


def test_the_projects_of_heats_stack_users_are_projects(cloud: RealCloud) -> None:
    identity = cloud.service('identity')
    (domain,) = [each for each in identity.pages('/domains', 'domains') if 'heat' in each['name'].lower()]
    found = read_projects(cloud)
    for project in identity.pages('/projects', 'projects', {'domain_id': domain['id']}):
        assert found[project['id']].domain_id == domain['id']


def test_a_project_is_entered_by_a_grant_that_is_taken_back(
    changing: RealCloud, make_project: Callable[..., str]
) -> None:
    project = make_project()
    with pytest.raises(Forbidden):
        changing.project(project)
    log = Log()
    grants = Grants(changing.service('identity'), changing.user_id, log)
    changing.grant_with(grants.grant)
    inside = changing.project(project)
    assert inside.project_id == project
    assert list(inside.service('block-storage').pages('/volumes/detail', 'volumes')) == []
    assert grants.revoke_all() == ()
    assert [record['event'] for record in log.records] == ['grant', 'granted', 'revoked']
    assert roles(changing, project) == []
    # Keystone revokes the tokens of that project, and no others.
    listed(changing, 'block-storage')
    with pytest.raises(CloudError):
        list(inside.service('identity').pages(f'/projects/{project}/tags', 'tags'))


def test_what_a_killed_run_granted_is_undone(changing: RealCloud, make_project: Callable[..., str]) -> None:
    project, log = make_project(), Log()
    Grants(changing.service('identity'), changing.user_id, log).grant(project)
    assert len(roles(changing, project)) == 1
    bounds = Bounds(changing.user_id, frozenset({project}))
    assert undo(log.records[:1], changing.service('identity'), log, bounds) == ()
    assert roles(changing, project) == []
    assert undo(log.records[:1], changing.service('identity'), log, bounds) == (), 'a second time is fine'


def roles(cloud: RealCloud, project: str) -> list[Any]:
    query = {'scope.project.id': project, 'user.id': cloud.user_id}
    return list(cloud.service('identity').pages('/role_assignments', 'role_assignments', query))


def test_a_stack_is_deleted_by_its_name_through_heats_redirect(changing: RealCloud) -> None:
    heat, name = changing.service('orchestration'), f'clouds-{secrets.token_hex(4)}'
    template = {'heat_template_version': '2018-08-31', 'resources': {'nothing': {'type': 'OS::Heat::None'}}}
    made = heat.post('/stacks', {'stack_name': name, 'template': template, 'timeout_mins': 5})
    path = f'/stacks/{name}/{made["stack"]["id"]}'
    wait_for(lambda: heat.get(path)['stack']['stack_status'] == 'CREATE_COMPLETE')
    heat.delete(f'/stacks/{name}')
    wait_for(lambda: heat.get(path)['stack']['stack_status'] == 'DELETE_COMPLETE')


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.3)


def test_a_revoked_token_is_renewed(changing: RealCloud) -> None:
    session = changing._connection.session
    token = session.get_token()
    session.delete(f'{changing.identity.auth_url}/auth/tokens', headers={'X-Subject-Token': token})
    assert read_projects(changing)
    assert session.get_token() != token


def test_the_identity_is_the_same_at_every_login(cloud: RealCloud) -> None:
    again = open_cloud(CloudSpec('lab', cloud.identity.region), HttpSettings())
    assert again.identity == cloud.identity
    assert len(cloud.identity.fingerprint) == 64
    again.close()


def test_a_login_without_a_project_and_one_with_a_wrong_password_are_sentences(
    cloud: RealCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match='scoped to the system, which is not supported'):
        open_cloud(CloudSpec('lab-system'), HttpSettings())
    monkeypatch.delenv('OS_CLIENT_CONFIG_FILE')
    monkeypatch.delenv('OS_CLOUD', raising=False)
    for name, value in {'AUTH_URL': cloud.identity.auth_url, 'USERNAME': 'admin', 'PASSWORD': 'wrong',
                        'PROJECT_NAME': 'admin', 'USER_DOMAIN_NAME': 'Default', 'PROJECT_DOMAIN_NAME': 'Default'
                        }.items():  # fmt: skip
        monkeypatch.setenv(f'OS_{name}', value)
    with pytest.raises(AuthenticationFailed, match='refused the credentials'):
        open_cloud(CloudSpec(), HttpSettings())
