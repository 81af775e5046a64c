"""Rules of security groups in Neutron: they go with their group."""

from orphancleanup.table import TableHandler


class SecurityGroupRule(TableHandler):
    """A rule of a security group."""

    kind = 'neutron-security-group-rule'
    service = 'network'
    path = '/security-group-rules'
    key = 'security_group_rules'
    resource_types = ('OS::Neutron::SecurityGroupRule',)
    name_field = 'description'
    owners = {'security_group_id': 'neutron-security-group'}
    filled = frozenset({'security_group_id'})
