"""Specifications of quality of service, which types of volumes name."""

from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.plugins.cinder_volume.volume_type import MEANT
from orphancleanup.table import TableHandler


class Qos(TableHandler):
    """Cinder deletes none that a type names, unless it is forced; the types say which they name, and go first."""

    kind = 'cinder-qos'
    service, microversion = block_storage.SERVICE, block_storage.MICROVERSION
    path, key, singular = '/qos-specs', 'qos_specs', 'qos_specs'
    past_end = True
    after = ('cinder-volume-type',)
    resource_types = ('OS::Cinder::QoSSpecs',)
    selected_by = MEANT
    project_field, value_fields = '', ('consumer', 'specs')
    in_projects, keeps_nothing = False, True
    require_all = staticmethod(block_storage.require_administrator)
