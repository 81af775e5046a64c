"""A ``tempest.conf`` of before 2016 names its accounts in another group, as the specification of 2014 has them."""

from pathlib import Path

from orphancleanup.tempest import configuration

CONF = """\
[identity]
username = demo
tenant_name = demo
alt_username = alt_demo
alt_tenant_name = alt_demo
admin_username = root
admin_tenant_name = cloud
[orchestration]
image_ref = fedora
instance_type = m1.heat
"""


def test_accounts_are_kept_by_the_names_that_their_options_had(tmp_path: Path) -> None:
    path = tmp_path / 'tempest.conf'
    path.write_text(CONF)
    found = {(each.kind, each.word): each for each in configuration.read(path)}
    for name in ('demo', 'alt_demo', 'root'):
        assert ('keystone-user', name) in found
    for name in ('demo', 'alt_demo', 'cloud'):
        assert ('keystone-project', name) in found
    assert found['keystone-project', 'cloud'].inside == {'neutron-security-group', 'neutron-subnetpool'}
    assert found['keystone-user', 'alt_demo'].source == '[identity] alt_username of tempest.conf'
    assert {('glance-image', 'fedora'), ('nova-flavor', 'm1.heat')} <= found.keys()
