"""Every way not to be able to log in has its sentence."""

import json
import pickle
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.errors import AuthenticationFailed, ConfigurationError, Unreachable
from orphancleanup.settings import HttpSettings
from tests.unit.clouds.wire import IDENTITY_ID, PASSWORD, Reply, Wire

Write = Callable[..., Path]


def open_here(cloud: str | None = 'here', region: str | None = None) -> None:
    open_cloud(CloudSpec(cloud, region), HttpSettings()).close()


def test_a_spec_is_a_plain_value() -> None:
    assert pickle.loads(pickle.dumps(CloudSpec('here', 'One'))) == CloudSpec('here', 'One')


def test_a_cloud_is_opened_and_knows_who_we_are(wire: Wire, clouds_yaml: Write) -> None:
    clouds_yaml()
    cloud = open_cloud(CloudSpec('here'), HttpSettings())
    assert (cloud.identity.auth_url, cloud.identity.region) == (f'{wire.url}/identity', 'One')
    assert (cloud.user_id, cloud.project_id) == ('user-1', 'project-1')
    assert cloud.own_ids == {'user-1', 'project-1'}
    cloud.close()


@pytest.mark.parametrize(
    ('path', 'auth', 'asked'),
    [
        ('/identity', {}, 1),
        ('/identity/v3', {}, 0),
        ('/identity/v3/', {}, 0),
        # What only the way that asks first understands is not lost.
        ('/identity/v3', {'default_domain_id': 'default'}, 1),
    ],
)
def test_keystone_is_not_asked_for_its_versions_where_the_address_says_which(
    wire: Wire, clouds_yaml: Write, path: str, auth: dict[str, object], asked: int
) -> None:
    clouds_yaml({'auth_url': f'{wire.url}{path}', **auth})
    cloud = open_cloud(CloudSpec('here'), HttpSettings())
    assert cloud.identity.auth_url == f'{wire.url}{path}'.rstrip('/')
    counts = cloud.request_counts()
    assert (counts.get('identity GET', 0), counts['identity POST']) == (asked, 1)
    # So it is in other projects.
    wire.projects.add('project-2')
    cloud.project('project-2').close()
    assert cloud.request_counts().get('identity GET', 0) == 2 * asked
    cloud.close()


@pytest.mark.parametrize('option', ['cacert', 'cert'])
def test_a_file_of_a_certificate_that_is_not_there_is_a_sentence(clouds_yaml: Write, option: str) -> None:
    clouds_yaml({'auth_url': 'https://127.0.0.1:1/identity/v3'}, **{option: '/not/there.pem'})
    with pytest.raises(
        ConfigurationError, match=r'certificates .* cannot be used: .*/not/there\.pem; set cacert'
    ):
        open_here()


def test_os_cloud_names_the_cloud(clouds_yaml: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    clouds_yaml()
    monkeypatch.setenv('OS_CLOUD', 'here')
    open_here(None)


def test_os_variables_describe_a_cloud(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {'AUTH_URL': f'{wire.url}/identity', 'USERNAME': 'admin', 'PASSWORD': PASSWORD,
                        'PROJECT_NAME': 'admin', 'USER_DOMAIN_NAME': 'Default', 'PROJECT_DOMAIN_NAME': 'Default'
                        }.items():  # fmt: skip
        monkeypatch.setenv(f'OS_{name}', value)
    open_here(None)


def test_without_any_configuration_the_ways_are_named() -> None:
    with pytest.raises(
        ConfigurationError, match=r'No cloud is named \(there is no clouds.yaml\); use --os-cloud'
    ):
        open_here(None)


def test_a_cloud_is_never_chosen_because_it_is_there(clouds_yaml: Write) -> None:
    clouds_yaml()
    with pytest.raises(ConfigurationError, match=r'No cloud is named \(.*has: here, there\)'):
        open_here(None)


def test_an_unknown_cloud_is_answered_with_the_known_ones(clouds_yaml: Write) -> None:
    clouds_yaml()
    with pytest.raises(ConfigurationError, match=r"No cloud 'nowhere' is configured \(.*has: here, there\)"):
        open_here('nowhere')


def test_an_unknown_region_is_a_sentence(clouds_yaml: Write) -> None:
    clouds_yaml()
    with pytest.raises(ConfigurationError, match=r'Region Two is not a valid region name.*One'):
        open_here(region='Two')


@pytest.mark.parametrize(
    'text', ['clouds: [', 'clouds: [here]', 'clouds: {here: 5}', '- a', 'clouds: {here: {auth: x}}']
)
def test_a_broken_clouds_yaml_is_a_sentence(clouds_yaml: Write, text: str) -> None:
    clouds_yaml().write_text(text)
    with pytest.raises(ConfigurationError):
        open_here()


def test_a_missing_option_is_named(clouds_yaml: Write) -> None:
    clouds_yaml({'auth_url': None})
    with pytest.raises(ConfigurationError, match=r'auth.url'):
        open_here()


def test_a_wrong_password_is_an_authentication_failure(clouds_yaml: Write) -> None:
    clouds_yaml({'password': 'wrong-secret'})
    with pytest.raises(AuthenticationFailed, match='refused the credentials') as caught:
        open_here()
    assert 'wrong-secret' not in str(caught.value)


def test_a_keystone_that_is_away_is_unreachable(clouds_yaml: Write) -> None:
    with socket.create_server(('127.0.0.1', 0)) as closed:
        port = closed.getsockname()[1]
    clouds_yaml({'auth_url': f'http://127.0.0.1:{port}'})
    with pytest.raises(Unreachable, match=f'Keystone at http://127.0.0.1:{port} cannot be reached'):
        open_here()


def test_a_web_server_is_no_keystone(wire: Wire, clouds_yaml: Write) -> None:
    clouds_yaml({'auth_url': f'{wire.url}/elsewhere'})
    with pytest.raises((ConfigurationError, Unreachable), match='elsewhere'):
        open_here()


def test_credentials_without_a_project_are_refused(clouds_yaml: Write) -> None:
    clouds_yaml({'project_name': None, 'project_domain_name': None})
    with pytest.raises(ConfigurationError, match='name no project'):
        open_here()


@pytest.mark.parametrize(
    ('scope', 'told'),
    [({'system_scope': 'all'}, 'the system, which is not supported; use project-scoped ones'),
     ({'domain_name': 'Default'}, 'a domain, which is not supported; use project-scoped ones')],
)  # fmt: skip
def test_tokens_of_another_scope_are_not_supported(
    clouds_yaml: Write, scope: dict[str, object], told: str
) -> None:
    clouds_yaml({'project_name': None, 'project_domain_name': None, **scope})
    with pytest.raises(ConfigurationError, match=told):
        open_here()


def with_login(url: str) -> str:
    return url.replace('://', '://op:s3cr@t@')


def test_a_password_in_the_address_of_keystone_is_used_and_never_shown(
    wire: Wire, clouds_yaml: Write, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level('DEBUG')
    clouds_yaml({'auth_url': with_login(f'{wire.url}/identity')})
    wire.projects.add('project-2')
    cloud = open_cloud(CloudSpec('here'), HttpSettings())
    cloud.project('project-2')
    assert cloud.identity.auth_url == f'{wire.url}/identity'
    assert wire.logins == {'Basic b3A6czNjckB0'}
    wire.replies = [Reply(200, {})]
    cloud.service('compute').get('/servers')
    assert 'Authorization' not in wire.asked[-1].headers
    assert 's3cr' not in caplog.text
    cloud.close()


def test_a_password_in_the_address_of_keystone_is_in_no_message(
    wire: Wire, clouds_yaml: Write, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level('DEBUG')
    with socket.create_server(('127.0.0.1', 0)) as closed:
        port = closed.getsockname()[1]
    for url in (f'http://127.0.0.1:{port}', f'{wire.url}/elsewhere'):
        clouds_yaml({'auth_url': with_login(url)})
        with pytest.raises((Unreachable, ConfigurationError)) as caught:
            open_here()
        assert 's3cr' not in str(caught.value)
    assert 's3cr' not in caplog.text


def test_a_way_without_keystone_is_refused(clouds_yaml: Write, wire: Wire) -> None:
    path = clouds_yaml()
    path.write_text(json.dumps({'clouds': {'here': {'auth_type': 'none', 'auth': {'endpoint': wire.url}}}}))
    with pytest.raises(ConfigurationError, match='does not log in to a Keystone'):
        open_here()


def fingerprint() -> str:
    cloud = open_cloud(CloudSpec('here'), HttpSettings())
    cloud.close()
    return cloud.identity.fingerprint


def test_a_rebuilt_cloud_at_the_same_address_is_another_one(wire: Wire, clouds_yaml: Write) -> None:
    clouds_yaml()
    before = fingerprint()
    assert fingerprint() == before
    wire.catalogue[1]['id'] = 'another cinder'
    assert fingerprint() == before
    wire.catalogue[0]['id'] = IDENTITY_ID + '-rebuilt'
    assert fingerprint() != before


def test_what_the_caller_may_do_besides_does_not_make_another_cloud(wire: Wire, clouds_yaml: Write) -> None:
    clouds_yaml()
    before = fingerprint()
    wire.roles['reader'] = 'another reader'
    assert fingerprint() == before
    wire.roles['admin'] = 'another admin'
    assert fingerprint() != before


def test_a_cloud_that_cannot_be_told_from_another_is_refused(wire: Wire, clouds_yaml: Write) -> None:
    clouds_yaml()
    del wire.roles['admin'], wire.catalogue[0]
    with pytest.raises(ConfigurationError, match='cannot be told from another'):
        open_here()
