"""An ML2 mechanism driver that binds every port on every host, without any agent."""

from typing import Any

from neutron.services.trunk.drivers import base as trunk
from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins.ml2 import api


class LabTrunkDriver(trunk.DriverBase):
    """The trunk plug-in refuses to start without a driver for its segmentation types."""

    rpc_required = False
    is_loaded = True

    @registry.receives(resources.TRUNK_PLUGIN, [events.AFTER_INIT])
    def register(self, resource: Any, event: Any, trigger: Any, payload: Any = None) -> None:
        """Offer this driver to the trunk plug-in; it must be decorated itself."""
        trigger.register_driver(self)


class LabMechanismDriver(api.MechanismDriver):
    """Every port is ACTIVE as soon as it is bound."""

    def initialize(self) -> None:
        """Register the trunk driver."""
        interfaces = (portbindings.VIF_TYPE_OVS,)
        self.trunk = LabTrunkDriver('lab', interfaces, ('vlan',), can_trunk_bound_port=True)

    @property
    def connectivity(self) -> str:
        """Return what Neutron tells about the network: plain layer 2."""
        return str(portbindings.CONNECTIVITY_L2)

    def bind_port(self, context: Any) -> None:
        """Bind to the first segment."""
        segment = context.segments_to_bind[0]
        details = {portbindings.CAP_PORT_FILTER: True}
        context.set_binding(
            segment[api.ID], portbindings.VIF_TYPE_OVS, details, status=constants.PORT_STATUS_ACTIVE
        )
