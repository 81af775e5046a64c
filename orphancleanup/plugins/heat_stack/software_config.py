"""Software configurations: what deployments run on servers."""

from orphancleanup.api import Cloud
from orphancleanup.model import Ref
from orphancleanup.plugins.heat_stack import orchestration
from orphancleanup.records import Record, identifier
from orphancleanup.table import TableHandler


class SoftwareConfig(TableHandler):
    """A configuration; its deployments keep it, and Heat deletes none that one refers to.

    Heat shows its project in the listing only, where its text and its secrets are not. To an administrator it lists
    those of all projects (heat/db/api.py, ``software_config_get_all``).
    """

    kind, service = 'heat-software-config', orchestration.SERVICE
    path, key = '/software_configs', 'software_configs'
    past_end = True
    after = ('heat-software-deployment', 'heat-stack')
    resource_types = (
        'OS::Heat::CloudConfig',
        'OS::Heat::MultipartMime',
        'OS::Heat::SoftwareComponent',
        'OS::Heat::SoftwareConfig',
        'OS::Heat::StructuredConfig',
    )
    project_field, created_field = 'project', 'creation_time'
    require_all = staticmethod(orchestration.require_administrator)

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """See :meth:`TableHandler.record`; the record of one lacks its project."""
        self.require_all(cloud)
        return next((each for each in self.listing(cloud) if identifier(each, self.kind) == ref.id), None)
