"""What a test run sets otherwise and does not leave behind: no list of ids shows it, and the saved state does."""

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.functional.command import Command
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL


@pytest.fixture
def shared(sandbox: Sandbox) -> Iterator[Mapping[str, str]]:
    """Make a flavor, an aggregate and a type of volumes; return their ids."""
    name, admin = f'otherwise-{secrets.token_hex(3)}', sandbox.admin
    flavor = admin.compute.create_flavor(name=name, ram=64, vcpus=1, disk=0)
    admin.compute.create_flavor_extra_specs(flavor, {'hw:cpu_policy': 'shared'})
    aggregate = admin.compute.create_aggregate(name=name)
    kind = admin.block_storage.create_type(name=name, extra_specs={'volume_backend_name': 'lab'})
    yield {'flavor': flavor.id, 'aggregate': str(aggregate.id), 'type': kind.id}
    admin.compute.delete_flavor(flavor)
    admin.compute.delete_aggregate(aggregate)
    admin.block_storage.delete_type(kind)


def differences(command: Command) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Return kind and id to the change, and what the values were and are."""
    rows: list[dict[str, Any]] = json.loads(command.run('saved-state', 'diff', '-f', 'json').stdout)
    return {(row['kind'], row['id']): (row['change'], row['details']) for row in rows}


def test_values_of_what_stays_are_told_and_new_quotas_are_taken_back(
    sandbox: Sandbox, command: Command, shared: Mapping[str, str]
) -> None:
    admin, project = sandbox.admin, sandbox.project('otherwise')
    group = project.connection.network.create_security_group(name='otherwise')
    admin.network.put(f'/quotas/{project.project_id}', json={'quota': {'network': 7}})
    assert command.run('cleanup', '--init-saved-state').code == 0
    assert differences(command) == {}

    admin.compute.create_flavor_extra_specs(shared['flavor'], {'hw:cpu_policy': 'dedicated'})
    admin.compute.set_aggregate_metadata(shared['aggregate'], {'ssd': 'true'})
    admin.block_storage.update_type_extra_specs(shared['type'], thin='yes')
    admin.network.put(f'/quotas/{project.project_id}', json={'quota': {'network': 8}})
    admin.identity.update_user(admin.identity.find_user(project.name), is_enabled=False)
    rule = {'direction': 'ingress', 'ether_type': 'IPv4', 'protocol': 'tcp', 'remote_ip_prefix': '0.0.0.0/0'}
    ports = {'port_range_min': 22, 'port_range_max': 22}
    admin.network.create_security_group_rule(security_group_id=group.id, **rule, **ports)
    limits = {'quota_set': {'cores': 3}}
    admin.compute.put(f'/os-quota-sets/{project.project_id}', json=limits)

    user = admin.identity.find_user(project.name).id
    staying = {
        ('nova-flavor', shared['flavor']): 'extra_specs hw:cpu_policy: was shared, is dedicated',
        ('nova-aggregate', shared['aggregate']): 'metadata ssd: was nothing, is true',
        ('cinder-volume-type', shared['type']): 'extra_specs thin: was nothing, is yes',
        ('neutron-quota', project.project_id): 'network: was 7, is 8',
        ('keystone-user', user): 'enabled: was true, is false',
        ('neutron-security-group', group.id): 'rules: ingress IPv4 tcp 22 22 0.0.0.0/0 is new',
    }
    changed = {ref: ('changed', details) for ref, details in staying.items()}
    assert differences(command) == {**changed, ('nova-quota', project.project_id): ('appeared', '')}

    report = command.report('cleanup', '--preserve-state', '--yes-remove', code=0)
    assert [each['kind'] for each in report['outcomes']] == ['nova-quota']
    assert set(report['changed']) == {f'{kind}:{each}' for kind, each in staying}
    assert differences(command) == changed
