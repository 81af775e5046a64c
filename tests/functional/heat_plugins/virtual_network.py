"""Contrail's plug-in for Heat, as far as it fails: Heat loads this, by its option plugin_dirs.

It deletes in the name of a stack's owner, as that of 2020 does (``set_auth_token``): without the owner's project there
is no token.
"""

from heat.common.i18n import _
from heat.engine import properties, resource


class VirtualNetwork(resource.Resource):
    """A network that is there already."""

    properties_schema = {
        'uuid': properties.Schema(properties.Schema.STRING, _('The network.'), required=True)
    }

    def handle_create(self):
        """Take the network for ours."""
        self.resource_id_set(self.properties['uuid'])

    def handle_delete(self):
        """Fail."""
        raise RuntimeError(_('The request you have made requires authentication. (HTTP 401)'))


def resource_mapping():
    """Return the type that is ours."""
    return {'OS::Contrail::VirtualNetwork': VirtualNetwork}
