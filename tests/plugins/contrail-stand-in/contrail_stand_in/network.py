"""Virtual networks of Contrail, by two requests: list, and delete."""

from collections.abc import Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.records import identifier, inner, required, segment


class VirtualNetwork(Handler):
    """What a stack holds as ``OS::Contrail::VirtualNetwork``."""

    kind = 'contrail-stand-in-network'
    service = 'network'
    after = ('heat-stack',)
    resource_types = ('OS::Contrail::VirtualNetwork',)

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        document = cloud.service(self.service).get('/virtual-networks', {'detail': 'true'})
        for each in inner(document, 'virtual-networks', self.kind):
            ref = Ref(self.kind, identifier(each, self.kind, 'uuid'))
            yield Resource(
                ref, name=required(each, 'name', self.kind), project_id=required(each, 'owner', self.kind)
            )

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`: the list is the whole of it."""
        return next((each for each in self.discover(cloud) if each.ref == ref), None)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (Step('delete', self.delete),)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Delete one."""
        cloud.service(self.service).delete(f'/virtual-network/{segment(resource.id)}')
