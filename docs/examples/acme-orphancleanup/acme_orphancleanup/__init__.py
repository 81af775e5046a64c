"""Federation of Keystone and rules of Neutron for orphancleanup."""
