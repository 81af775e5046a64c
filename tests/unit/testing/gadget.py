"""A handler that keeps the contract, of a kind that was invented for it, and the service that has the kind."""

from collections.abc import Iterable, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import ApiError, Conflict, IncompleteListing, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Part, Ref, Resource
from orphancleanup.states import States
from orphancleanup.testing import CollectionOptions, Deletion, FakeCloud
from orphancleanup.testing.collection import Collection, Item
from orphancleanup.testing.conformance import HandlerConformance

SERVICE = 'gadgets'
LEAVING = ('deleting', 'error_deleting')
ALL = {'all_projects': 1}


class Gadget(Handler):
    """A gadget is carried by a carrier, may belong to a bundle, and is used by users."""

    kind = 'gadget'
    service = SERVICE
    after = ('gadget-user',)
    levels = frozenset({Level.API, Level.FORCE})
    states = States(frozenset({'error'}), frozenset({'error_deleting'}), frozenset({'deleting'}))

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for record in self.listing(cloud):
            yield self.read(record)

    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        record = self.record(cloud, asked.id)
        return None if record is None else self.read(record)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        force = Step('force-delete', self.force, Level.FORCE)
        if resource.status in LEAVING:
            return (Step('reset', self.reset, Level.FORCE, removes=False), force)
        return (Step('delete', self.delete), force)

    def listing(self, cloud: Cloud) -> Iterable[Item]:
        return cloud.service(SERVICE, '2.1').pages('/gadgets', 'gadgets', ALL, past_end=True)

    def record(self, cloud: Cloud, identifier: str) -> Item | None:
        try:
            document = cloud.service(SERVICE, '2.1').get(self.path(identifier))
        except NotFound:
            return None
        found: Item = records.inner(document, 'gadget', f'{self.kind} {identifier}')
        return found

    def path(self, identifier: str) -> str:
        return f'/gadgets/{records.segment(identifier)}'

    def read(self, record: Any) -> Resource:
        identifier = records.identifier(record, self.kind)
        status = record.get('status') or ''
        users = records.present(record, 'users', self.kind) or ()
        return Resource(
            Ref(self.kind, identifier),
            name=record.get('name') or '',
            project_id=records.required(record, 'project_id', self.kind),
            status=status,
            created_at=records.timestamp(record.get('created_at')),
            updated_at=records.timestamp(record.get('updated_at')),
            condition=self.states.condition(status),
            parents=(Ref('carrier', records.identifier(record, self.kind, 'carrier_id')),),
            owners=(Ref('bundle', str(record['bundle_id'])),) if record.get('bundle_id') else (),
            blockers=tuple(Ref('gadget-user', each['user_id']) for each in users),
            tags=records.tags(
                records.present(record, 'metadata', self.kind), records.present(record, 'tags', self.kind)
            ),
            is_system=bool(record.get('is_default')),
            details={'color': record.get('color')},
        )

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE, '2.1').delete(self.path(resource.id))

    def reset(self, cloud: Cloud, resource: Resource) -> None:
        record = self.record(cloud, resource.id)
        if record is None:
            raise NotFound(404, f'Gadget {resource.id} is gone.')
        if record.get('status') not in LEAVING or record.get('is_used'):
            raise Conflict(409, f'Gadget {resource.id} is well or used by now; plan again.')
        self.act(cloud, resource, 'reset')

    def force(self, cloud: Cloud, resource: Resource) -> None:
        self.act(cloud, resource, 'force')

    def act(self, cloud: Cloud, resource: Resource, name: str) -> None:
        cloud.service(SERVICE, '2.1').post(f'{self.path(resource.id)}/action', {name: None})


class Rack(Gadget):
    """A gadget with every ability: it holds parts, is shown by its id, and explains itself."""

    def show(self, cloud: Cloud, asked: Any) -> Resource | None:
        return self.look(cloud, asked)

    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        path = f'{self.path(resource.id)}/parts'
        try:
            document = cloud.service(SERVICE, '2.1').get(path)
        except NotFound as error:
            raise IncompleteListing(f'What {resource.ref} holds could not be read: {error}') from error
        for each in records.inner(document, 'parts', path):
            yield Part('OS::Gadget::Part', each['id'])

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        record = self.record(cloud, resource.id)
        if record:
            yield Evidence('fault', str(record.get('fault')))


class GadgetSuite(HandlerConformance):
    """What the suite is told about gadgets."""

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        cloud.collection(SERVICE, '/gadgets', 'gadgets').items[resource.id]['is_used'] = True


def fill(cloud: FakeCloud, count: int, has_links: bool = True) -> None:
    """Bring the service in, with gadgets that have nothing special about them."""

    def refuse(item: Item) -> ApiError | None:
        is_kept = item['status'] in LEAVING or 'is_used' in item
        return Conflict(409, 'It is being deleted, or used.') if is_kept else None

    def force(item: Item, _: Any) -> None:
        if 'is_used' in item:
            raise Conflict(409, 'It is used.')
        gadgets.leave(item, Deletion(1))

    options = CollectionOptions(
        all_tenants='all_projects',
        has_links=has_links,
        deletion=Deletion(seconds=5),
        refuse=refuse,
        actions={
            'reset': lambda item, _: item.update(status='error'),
            'force': force,
        },
    )
    carriers = cloud.collection(SERVICE, '/carriers', 'carriers', CollectionOptions(all_tenants=''))
    pieces = cloud.collection(SERVICE, '/pieces', 'pieces', CollectionOptions(all_tenants=''))
    gadgets: Collection = cloud.collection(SERVICE, '/gadgets', 'gadgets', options)
    cloud.route(SERVICE, 'GET', '/gadgets/[^/]+/parts', lambda *_: {'parts': [{'id': 'cog'}]})
    for number in range(count):
        carrier = carriers.add(name=f'carrier-{number}')
        gadget = gadgets.add(
            name=f'gadget-{number:04}', project_id='project-1', status='available', carrier_id=carrier['id'],
            created_at='2026-01-01T00:00:00Z', updated_at='2026-01-02T00:00:00Z', bundle_id=None, users=[],
            metadata={}, tags=[], is_default=False, color='red',
        )  # fmt: skip
        pieces.add(name=f'piece-{number}', gadget_id=gadget['id'])


def fill_unlinked(cloud: FakeCloud, count: int) -> None:
    """Bring in a service whose pages have no links."""
    fill(cloud, count, has_links=False)
