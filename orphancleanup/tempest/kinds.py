"""tempest's words for kinds, and ours."""

from types import MappingProxyType

#: the collections of its ``saved_state.json`` (tempest/cmd/cleanup_service.py, ``save_state`` of each class) and of its
#: ``resource_list.json`` (tempest/lib/common/rest_client.py, ``resource_update``: the key of an answer and an ``s``)
KINDS = MappingProxyType(
    {
        'address_groups': 'neutron-address-group',
        'address_scopes': 'neutron-address-scope',
        'aggregates': 'nova-aggregate',
        'application_credentials': 'keystone-application-credential',
        'backups': 'cinder-backup',
        'credentials': 'keystone-credential',
        'domains': 'keystone-domain',
        'endpoints': 'keystone-endpoint',
        'flavors': 'nova-flavor',
        'floatingips': 'neutron-floatingip',
        'groups': 'keystone-group',
        'group_snapshots': 'cinder-group-snapshot',
        'group_types': 'cinder-group-type',
        'images': 'glance-image',
        'keypairs': 'nova-keypair',
        'metering_labels': 'neutron-metering-label',
        'networks': 'neutron-network',
        'policies': 'neutron-qos-policy',
        'ports': 'neutron-port',
        'projects': 'keystone-project',
        'qos_specss': 'cinder-qos',
        'rbac_policies': 'neutron-rbac-policy',
        'rbac_policys': 'neutron-rbac-policy',
        'regions': 'keystone-region',
        'roles': 'keystone-role',
        'routers': 'neutron-router',
        'security_groups': 'neutron-security-group',
        'segments': 'neutron-segment',
        'server_groups': 'nova-server-group',
        'servers': 'nova-server',
        'services': 'keystone-service',
        'snapshots': 'cinder-snapshot',
        'stacks': 'heat-stack',
        'subnetpools': 'neutron-subnetpool',
        'subnets': 'neutron-subnet',
        'transfers': 'cinder-transfer',
        'trunks': 'neutron-trunk',
        'trusts': 'keystone-trust',
        'users': 'keystone-user',
        'volumes': 'cinder-volume',
        'volume_types': 'cinder-volume-type',
    }
)
#: kinds that tempest knows by their names
BY_NAME = frozenset({'nova-keypair'})
