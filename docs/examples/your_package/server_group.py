"""Server groups, the smallest whole handler: Nova lists them for all tenants and deletes them at once."""

from collections.abc import Iterable, Sequence

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins import records


class ServerGroup(Handler):
    """A server group of Nova."""

    kind = 'nova-server-group'
    service = 'compute'
    after = ('nova-server',)

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        compute = cloud.service(self.service, '2.13')
        for item in compute.pages('/os-server-groups', 'server_groups', {'all_projects': 'true'}):
            yield self.resource(item)

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        try:
            answer = cloud.service(self.service, '2.13').get(
                f'/os-server-groups/{records.segment(resource.id)}'
            )
        except errors.NotFound:
            return None
        return self.resource(records.inner(answer, 'server_group', str(resource.ref)))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.delete),)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(self.service, '2.13').delete(f'/os-server-groups/{records.segment(resource.id)}')

    def resource(self, item: dict[str, str]) -> Resource:
        project = records.required(item, 'project_id', self.kind)
        return Resource(Ref(self.kind, records.identifier(item, self.kind)), item.get('name') or '', project)
