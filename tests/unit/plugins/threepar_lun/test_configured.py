"""Arrays in our own configuration file and in Cinder's."""

import pytest

from orphancleanup.errors import ConfigurationError
from orphancleanup.plugins.threepar_lun import configured
from orphancleanup.plugins.threepar_lun.configured import Configured

OWN = {
    'api_url': 'https://a:8080/api/v1/', 'username': 'cleaner', 'password_file': '/p', 'cpgs': ['x'], 'ca_file': None,
    'timeout': 60.0, 'grace': 86400.0,
}  # fmt: skip
CINDER = """
[DEFAULT]
enabled_backends = gold, silver,lvm
enabled_backends = gold, silver, lvm, old
[gold]
volume_driver = cinder.volume.drivers.hpe.hpe_3par_fc.HPE3PARFCDriver
hpe3par_api_url = https://a:8080/api/v1
hpe3par_username = 3paradm
hpe3par_password = secret%$word
hpe3par_cpg = gold1, gold2
[silver]
volume_driver = cinder.volume.drivers.hpe.hpe_3par_iscsi.HPE3PARISCSIDriver
hpe3par_api_url = https://a:8080/api/v1
hpe3par_username = 3paradm
hpe3par_password = secret%$word
hpe3par_cpg = silver
[lvm]
volume_driver = cinder.volume.drivers.lvm.LVMVolumeDriver
[old]
volume_driver = cinder.volume.drivers.san.hp.hp_3par_fc.HP3PARFCDriver
hp3par_api_url = https://old:8080/api/v1
hp3par_username = 3paradm
hp3par_password = pw
hp3par_cpg = cloud
[disabled]
volume_driver = cinder.volume.drivers.hpe.hpe_3par_fc.HPE3PARFCDriver
hpe3par_api_url = https://disabled:8080/api/v1
"""


@pytest.fixture
def cinder_conf(tmp_path):
    path = tmp_path / 'cinder.conf'
    path.write_text(CINDER)
    return str(path)


def test_an_array_of_our_own_file():
    [found] = configured.arrays({'3par:first': OWN, '3par': {'cinder_conf': None, 'hosts': []}})
    assert found == Configured('first', 'https://a:8080/api/v1', 'cleaner', frozenset('x'), '/p')


def test_cinder_s_enabled_backends_with_one_address_are_one_array(cinder_conf):
    first, second = configured.arrays({'3par': {'cinder_conf': cinder_conf}})
    assert (first.name, first.api_url, first.cpgs) == (
        'gold',
        'https://a:8080/api/v1',
        {'gold1', 'gold2', 'silver'},
    )
    assert (first.username, first.password()) == ('3paradm', 'secret%$word')
    assert (second.name, second.api_url, second.cpgs) == ('old', 'https://old:8080/api/v1', {'cloud'})


def test_an_account_of_our_own_goes_before_the_driver_s(cinder_conf):
    found = configured.arrays({'3par:first': {**OWN, 'cpgs': []}, '3par': {'cinder_conf': cinder_conf}})
    assert [each.name for each in found] == ['first', 'old']
    assert (found[0].username, found[0].secret) == ('cleaner', '')
    assert found[0].cpgs == {'gold1', 'gold2', 'silver'}


@pytest.mark.parametrize(
    ('name', 'value', 'told'),
    [
        ('api_url', None, 'no api_url'), ('username', None, 'no username'), ('cpgs', [], 'no cpgs'),
        ('password_file', None, 'no password_file'), ('api_url', 'a:8080', 'no address'),
        ('api_url', 'https://user:secret@a/api/v1', 'no address'),
    ],
)  # fmt: skip
def test_an_array_that_is_not_described_is_refused(name, value, told):
    with pytest.raises(ConfigurationError, match=told) as caught:
        configured.arrays({'3par:first': {**OWN, name: value}})
    assert 'secret' not in str(caught.value)


def test_a_name_that_an_id_cannot_have_is_refused():
    with pytest.raises(ConfigurationError, match='part of ids'):
        configured.arrays({'3par:a@b': OWN})


def test_secrets_are_not_printed(cinder_conf):
    assert 'secret%' not in repr(configured.arrays({'3par': {'cinder_conf': cinder_conf}}))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match='cannot be read'):
        configured.arrays({'3par': {'cinder_conf': str(tmp_path / 'none')}})
