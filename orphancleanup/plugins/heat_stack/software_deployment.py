"""Software deployments: configurations on servers."""

from collections.abc import Iterable, Iterator

from orphancleanup.api import Cloud
from orphancleanup.errors import ListingMoved
from orphancleanup.plugins.heat_stack import orchestration
from orphancleanup.plugins.heat_stack.software_config import SoftwareConfig
from orphancleanup.records import Record, identifier, required
from orphancleanup.table import TableHandler


class SoftwareDeployment(TableHandler):
    """A deployment is in the project of its configuration: of its own Heat tells nothing.

    Its status is that of what it ran; its values, with secrets among them, are left where they are.
    """

    kind, service = 'heat-software-deployment', orchestration.SERVICE
    path, key = '/software_deployments', 'software_deployments'
    after = ('heat-stack',)
    resource_types = ('OS::Heat::SoftwareDeployment', 'OS::Heat::StructuredDeployment')
    name_field, project_field, created_field = '', 'project', 'creation_time'
    parents = {'config_id': 'heat-software-config'}
    filled = frozenset({'config_id'})
    require_all = staticmethod(orchestration.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield deployments with the projects of their configurations.

        :raises ListingMoved: when one has no configuration: Heat keeps that as long as the deployment is there.
        """
        wanted = list(found)
        projects = {
            identifier(each, SoftwareConfig.kind): required(each, 'project', SoftwareConfig.kind)
            for each in SoftwareConfig().listing(cloud)
        }
        for record in wanted:
            config = identifier(record, self.kind, 'config_id')
            if config not in projects:
                raise ListingMoved(
                    f'The configuration {config} of a {self.kind} is gone meanwhile; run again.'
                )
            yield {**record, 'project': projects[config]}
