import pytest

from orphancleanup.errors import ConfigurationError
from orphancleanup.tempest import configuration

CONF = """\
[auth]
admin_username = admin
admin_project_name = admin
tempest_roles = member,creator
{more}
[compute]
image_ref = image-1
flavor_ref = flavor-1
[network]
public_network_id = public-1
"""


@pytest.fixture
def path(tmp_path):
    found = tmp_path / 'tempest.conf'
    found.write_text(CONF.format(more=''))
    return found


def named(path):
    return {(each.kind, each.word): each.source for each in configuration.read(path)}


def test_each_object_is_told_with_the_option_that_names_it(path):
    found = named(path)
    assert found['glance-image', 'image-1'] == '[compute] image_ref of tempest.conf'
    assert found['nova-flavor', 'flavor-1'] == '[compute] flavor_ref of tempest.conf'
    assert found['neutron-network', 'public-1'] == '[network] public_network_id of tempest.conf'
    assert found['keystone-user', 'admin'] == '[auth] admin_username of tempest.conf'
    assert found['keystone-project', 'admin'] == '[auth] admin_project_name of tempest.conf'
    assert found['keystone-role', 'creator'] == '[auth] tempest_roles of tempest.conf'


def test_what_is_not_written_is_what_tempest_takes_then(path):
    found = named(path)
    assert found['keystone-role', 'admin'] == '[identity] admin_role of tempest.conf'
    assert found['nova-flavor', '2'] == '[compute] flavor_ref_alt of tempest.conf'
    assert ('keystone-domain', 'Default') in found
    assert not [word for kind, word in found if kind == 'neutron-router']


def test_what_the_plugin_of_heat_uses_is_kept_too(path):
    path.write_text(CONF.format(more='') + '[heat_plugin]\nimage_ref = fedora\ninstance_type = m1.heat\n')
    found = named(path)
    assert found['glance-image', 'fedora'] == '[heat_plugin] image_ref of tempest.conf'
    assert found['nova-flavor', 'm1.heat'] == '[heat_plugin] instance_type of tempest.conf'


def test_subnets_and_ports_go_along_with_a_network_and_what_is_of_the_admin_with_its_project(path):
    found = {(each.kind, each.word): each for each in configuration.read(path)}
    assert found['neutron-network', 'public-1'].along == {'neutron-subnet', 'neutron-port'}
    assert found['keystone-project', 'admin'].inside == {'neutron-security-group', 'neutron-subnetpool'}


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        (None, 'cannot be read'),
        ('[compute\n', 'cannot be read'),
        ('image_ref\n', 'cannot be read'),
        ('[DEFAULT]\ndebug = true\n', 'is no configuration of tempest'),
        ('', 'is no configuration of tempest'),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, text, sentence):
    path = tmp_path / 'tempest.conf'
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=sentence):
        configuration.read(path)


def test_the_environment_does_not_count(path, monkeypatch):
    monkeypatch.setenv('OS_COMPUTE__IMAGE_REF', 'another')
    assert ('glance-image', 'image-1') in named(path)


ACCOUNTS = """\
- username: demo
  password: secret
  project_name: demo
  domain_name: Default
  roles: [member]
  resources: {network: private}
- username: alt
  tenant_name: alt
  password: secret
"""


def test_users_and_projects_of_the_accounts_are_named_and_their_passwords_never(tmp_path, path):
    (tmp_path / 'accounts.yaml').write_text(ACCOUNTS)
    path.write_text(CONF.format(more='test_accounts_file = accounts.yaml'))
    found = named(path)
    assert found['keystone-user', 'demo'] == 'username in account 1 of accounts.yaml'
    assert found['keystone-project', 'alt'] == 'tenant_name in account 2 of accounts.yaml'
    assert found['neutron-network', 'private'] == 'network in account 1 of accounts.yaml'
    assert 'secret' not in str(found)
    assert all(not each.inside for each in configuration.read(path) if 'accounts.yaml' in each.source)


@pytest.mark.parametrize(
    'text',
    [None, 'demo', '- demo\n', '- {a: [', '- roles: 7\n', '- resources: [a]\n', '- password: 2026-13-01\n'],
)
def test_accounts_that_cannot_be_read_are_refused(tmp_path, path, text):
    if text is not None:
        (tmp_path / 'accounts.yaml').write_text(text)
    path.write_text(CONF.format(more='test_accounts_file = accounts.yaml'))
    with pytest.raises(ConfigurationError, match=r'accounts\.yaml'):
        configuration.read(path)


def test_a_name_of_the_accounts_that_no_file_has_is_a_sentence(path):
    path.write_text(CONF.format(more=f'test_accounts_file = {"a" * 300}'))
    with pytest.raises(ConfigurationError, match=r'cannot be read \(File name too long'):
        configuration.read(path)
