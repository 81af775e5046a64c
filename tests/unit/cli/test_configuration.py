import pytest
from oslo_config import generator

from orphancleanup.cli import configuration
from orphancleanup.errors import ConfigurationError
from orphancleanup.installed import registry
from orphancleanup.settings import Place, Settings


@pytest.fixture
def load(tmp_path):
    path = tmp_path / 'orphancleanup.conf'

    def load(text):
        path.write_text(text)
        return configuration.settings_of(configuration.load([str(path)]))

    return load


def test_without_a_file_everything_is_at_its_default(alone):
    assert configuration.settings_of(configuration.load()) == Settings()


def test_the_user_s_file_is_found(alone):
    folder = alone / '.orphancleanup'
    folder.mkdir()
    (folder / 'orphancleanup.conf').write_text('[limits]\nmax_removals = 7\n')
    assert configuration.settings_of(configuration.load()).limits.max_removals == 7


def test_the_environment_raises_no_limit(load, monkeypatch):
    monkeypatch.setenv('OS_LIMITS__MAX_REMOVALS', '100000')
    assert load('').limits.max_removals == 1000


def test_what_plugins_need_is_read_as_it_is_written(load):
    plugins = load('[3par]\nhosts = a, b\n[3par:first]\napi_url = https://a/api/v1\ncpgs = x,y\n').plugins
    assert set(plugins) == {'3par', '3par:first'}
    assert plugins['3par']['hosts'] == ['a', 'b']
    assert plugins['3par:first']['cpgs'] == ['x', 'y']
    assert plugins['3par:first']['timeout'] == 60.0


def test_every_group_is_read(load):
    settings = load(
        """
        [http]
        workers = 4
        default_service_workers = 2
        timeout = 1.5
        [service:block-storage]
        workers = 3
        [kind:cinder-volume]
        deadline = 12
        [kind:nova-server]
        deadline = 13
        [guards]
        service_projects = service, infra
        [limits]
        max_share = 10
        [execution]
        passes = 1
        """.replace('  ', '')
    )
    assert (settings.http.workers, settings.http.timeout) == (4, 1.5)
    assert (settings.http.workers_of('block-storage'), settings.http.workers_of('compute')) == (3, 2)
    assert settings.execution.deadlines == {'cinder-volume': 12, 'nova-server': 13}
    assert settings.guards.service_projects == {'service', 'infra'}
    assert (settings.limits.max_share, settings.execution.passes) == (10, 1)


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('[limits]\nmax_removals = many', r"group \[limits\], option max_removals: 'many' is not valid \("),
        ('[limits]\nmax_removals = 0', r"option max_removals: '0' is not valid \("),
        ('[limits]\nmax_removal = 3', r'option max_removal: it is not known; did you mean max_removals\?'),
        ('[limit]\nmax_removals = 3', r'the group \[limit\] is not known; there are \[DEFAULT\]'),
        ('[service:]\nworkers = 1', r'the group \[service:\] is not known'),
        ('[kind:x]\nworkers = 1', r'group \[kind:x\], option workers: it is not known'),
        ('[limits]\nmax_share = nan', r"option max_share: 'nan' is not valid \(it is no number\)"),
        ('[kind:x]\ndeadline = nan', r"option deadline: 'nan' is not valid \(it is no number\)"),
        ('[kind:x]\ndeadline = never', r"group \[kind:x\], option deadline: 'never' is not valid"),
        ('[DEFAULT]\ndebug = perhaps', r"group \[DEFAULT\], option debug: 'perhaps' is not valid"),
        ('[DEFAULT]\nlog_flie = x', r'option log_flie: it is not known; did you mean log_file\?'),
        ('max_removals = 3', r'cannot be parsed: .*:1, Section must be started'),
        ('[limits\nmax_removals = 3', r'cannot be parsed: .*Invalid section'),
    ],
)
def test_a_mistake_is_refused_with_file_group_and_option(load, tmp_path, text, sentence):
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        load(text)
    assert str(tmp_path / 'orphancleanup.conf') in str(caught.value)


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        (
            '[kind:cinder-volum]\ndeadline = 1',
            r'\[kind:cinder-volum\] is of a kind that no handler knows; did you mean \[kind:cinder-volume\]',
        ),
        (
            '[kind:quux]\ndeadline = 1',
            r'\[kind:quux\] is of a kind that no handler knows; leave it out, or install',
        ),
        ('[service:blok-storage]\nworkers = 1', r'no handler uses; did you mean \[service:block-storage\]'),
        # Another name of the same.
        ('[service:volumev3]\nworkers = 1', r'no handler uses; did you mean \[service:block-storage\]'),
        (
            '[service:qqq]\nworkers = 1',
            r'\[service:qqq\] is of a service that no handler uses; there are block-storage,',
        ),
    ],
)
def test_what_is_set_for_a_kind_or_a_service_that_is_not_there_is_refused(load, tmp_path, text, sentence):
    file = str(tmp_path / 'orphancleanup.conf')
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        configuration.require_known(load(text), registry.load(), [file])
    assert str(caught.value).startswith(f'In {file}: the group [')


def test_what_is_set_for_installed_kinds_and_their_services_is_taken(load):
    known = '[kind:cinder-volume]\ndeadline = 1\n[service:block-storage]\nworkers = 1\n[service:identity]\nworkers = 1'
    configuration.require_known(load(known), registry.load())


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(ConfigurationError, match=r'nowhere\.conf cannot be read: No such file'):
        configuration.load(['nowhere.conf'])


def test_the_sample_is_made_of_all_groups(tmp_path):
    sample = tmp_path / 'sample'
    generator.main(['--namespace', 'orphancleanup', '--output-file', str(sample)])
    text = sample.read_text()
    for group in ('http', 'guards', 'limits', 'execution', 'service:block-storage', 'kind:cinder-volume'):
        assert f'[{group}]' in text
    assert '#max_removals = 1000' in text


def test_the_place_of_contrail_is_read(load, tmp_path):
    authority = tmp_path / 'ca.pem'
    authority.write_text('')
    servers = 'https://192.0.2.1:8082, https://192.0.2.2:8082'
    text = f'[contrail]\napi_server = {servers}\nca_file = {authority}\nauth = none\n'
    place = load(text).http.places['contrail']
    assert place == Place(
        ('https://192.0.2.1:8082', 'https://192.0.2.2:8082'), str(authority), has_login=False
    )


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('api_server = 192.0.2.1:8082', 'api_server'),
        ('api_server = ftp://192.0.2.1:8082', 'api_server'),
        ('auth = noauth', 'auth'),
        ('ca_file = /nowhere/ca.pem', '/nowhere/ca.pem is not a file'),
        (f'ca_file = {"c" * 300}', 'is not a file'),
    ],
)
def test_a_place_that_is_none_is_refused(load, text, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        load(f'[contrail]\n{text}\n')
