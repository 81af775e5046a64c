"""Two invented kinds for tests of the engine: a *thing*, and a *bit* that hangs on one; a *box* holds things."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.api import Cloud
from orphancleanup.errors import NotFound
from orphancleanup.execute import crew
from orphancleanup.execute.crew import Threads
from orphancleanup.execute.jobs import Job
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Part, Project, Ref, Resource
from orphancleanup.progress import Silence
from orphancleanup.runs import applying, surveying
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.states import States
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.collection import Collection, CollectionOptions, Deletion, Item
from orphancleanup.testing.fake_cloud import FakeCloud

SERVICE = 'storehouse'
_NOW = Deletion()
FORCE = frozenset({Level.API, Level.FORCE})
STATES = States(frozenset({'error'}), frozenset({'error_deleting'}), frozenset({'deleting'}))


def refs(kind: str, identifiers: Iterable[str]) -> tuple[Ref, ...]:
    return tuple(Ref(kind, identifier) for identifier in identifiers)


def read(kind: str, item: Mapping[str, Any]) -> Resource:
    """Read any of the invented kinds from its JSON."""
    created = item.get('created_at')
    updated = item.get('updated_at')
    return Resource(
        Ref(kind, item['id']),
        name=item.get('name', ''),
        project_id=item.get('project_id', ''),
        status=item.get('status', ''),
        created_at=datetime.datetime.fromisoformat(created) if created else None,
        updated_at=datetime.datetime.fromisoformat(updated) if updated else None,
        condition=STATES.condition(item.get('status', '')),
        parents=refs('thing', item.get('hangs_on', ())),
        blockers=refs('thing', item.get('used_by', ())),
        owners=refs('box', item.get('in_box', ())),
        alters=refs('thing', item.get('alters', ())),
        tags=frozenset(item.get('tags', ())),
        is_system=item.get('is_system', False),
        values=item.get('values', {}),
    )


class Things(Handler):
    """A thing: delete, then by force reset and force-delete."""

    kind = 'thing'
    service = SERVICE
    after = ('box', 'bit')
    levels = FORCE
    resource_types = ('Invented::Thing',)
    deadline = 60.0

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        items = cloud.service(SERVICE).pages(f'/{self.kind}s', f'{self.kind}s', {'all_tenants': 1})
        return [read(self.kind, item) for item in items]

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        try:
            return read(self.kind, cloud.service(SERVICE).get(f'/{self.kind}s/{ref.id}')[self.kind])
        except NotFound:
            return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        if resource.status == 'resting':
            return (Step('finish', self.force),)
        return (
            Step('delete', self.delete),
            Step('reset', self.reset, Level.FORCE, removes=False),
            Step('force-delete', self.force, Level.FORCE),
        )

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).delete(f'/{self.kind}s/{resource.id}')

    def reset(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).post(f'/{self.kind}s/{resource.id}/action', {'reset': {}})

    def force(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).post(f'/{self.kind}s/{resource.id}/action', {'force': {}})

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        yield Evidence('fault', f'the storehouse is on fire near {resource.name}')


class Bits(Things):
    """A bit hangs on a thing."""

    kind = 'bit'
    after = ()
    resource_types = ()

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.delete),)


class Boxes(Things):
    """A box holds things, and takes them along."""

    kind = 'box'
    after = ()
    resource_types = ()

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        try:
            return read('box', cloud.service(SERVICE).get(f'/boxes/{ref.id}')['box'])
        except NotFound:
            return None

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return [read('box', item) for item in cloud.service(SERVICE).pages('/boxes', 'boxes')]

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.delete),)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).delete(f'/boxes/{resource.id}')

    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        for part in cloud.service(SERVICE).get(f'/boxes/{resource.id}/content')['content']:
            yield Part('Invented::Thing', part)


class Storehouse:
    """A fake cloud with the invented kinds, and the site of a run on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cloud = FakeCloud(FakeClock(datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)))
        self.things = self._collection('/things', 'things', 'thing')
        self.bits = self._collection('/bits', 'bits', 'bit')
        self.boxes = self._collection('/boxes', 'boxes', 'box')
        self.contents: dict[str, list[str]] = {}
        self.cloud.route(
            SERVICE,
            'GET',
            '/boxes/(?P<id>[^/]+)/content',
            lambda match, _: {
                'content': [i for i in self.contents.get(match['id'], []) if i in self.things.items]
            },
        )
        self.project('alpha')

    def _collection(self, path: str, key: str, singular: str) -> Collection:
        options = CollectionOptions(
            singular=singular,
            actions={
                'reset': lambda item, _: item.update(status='error', updated_at='2026-03-01T00:00:01+00:00'),
                'force': lambda item, _: self._force(item),
            },
            deletion=lambda item: item.get('deletion', _NOW),
            refuse=lambda item: item['refuse']() if 'refuse' in item else None,
        )
        return self.cloud.collection(SERVICE, path, key, options)

    def _force(self, item: Item) -> None:
        if 'refuse_force' in item:
            raise item['refuse_force']()
        self.things.remove(item['id'])

    def project(self, name: str) -> None:
        self.cloud.projects[name] = Project(name, name, 'default')

    def thing(self, name: str, **fields: Any) -> Item:
        return self._add(self.things, name, fields)

    def bit(self, name: str, **fields: Any) -> Item:
        return self._add(self.bits, name, fields)

    def box(self, name: str, *content: str, **fields: Any) -> Item:
        self.contents[name] = list(content)
        return self._add(self.boxes, name, fields)

    @staticmethod
    def _add(collection: Collection, name: str, fields: dict[str, Any]) -> Item:
        basic = {'project_id': 'alpha', 'status': 'available', 'created_at': '2026-01-01T00:00:00+00:00'}
        return collection.add(**{'id': name, 'name': name, **basic, **fields})

    def site(
        self, levels: frozenset[Level] = frozenset({Level.API}), executor: Executor | None = None
    ) -> Site:
        settings = Settings(execution=ExecutionSettings(levels=levels), limits=Limits(max_share=100))
        return Site(self.cloud, registry(), self.cloud.clock, settings, Silence())

    def folder(self) -> RunFolder:
        return RunFolder.create(self.cloud.clock, self.root)


def hide(collection: Collection, *names: str) -> None:
    """Have a listing leave items out, though each can be shown."""
    page = collection.page

    def shorter(query: Any, project_id: str, is_project: bool) -> dict[str, Any]:
        document = page(query, project_id, is_project)
        document[collection.key] = [item for item in document[collection.key] if item['id'] not in names]
        return document

    collection.page = shorter  # type: ignore[method-assign]


def registry() -> Registry:
    return build(Loaded(handler, 'storehouse', 'tests 1.0') for handler in (Things(), Bits(), Boxes()))


class AtOnce(Executor):
    """Runs a job when it is submitted, so that a test is the same each time."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing is under way."""


class CrewAtOnce(Threads):
    """Does a job when it is begun."""

    def begin(self, job: Job) -> None:
        self._under_way += 1
        self._do(job)


def work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every job done before it is asked for, so that a run is the same each time."""
    monkeypatch.setattr(surveying, 'ThreadPoolExecutor', lambda *_, **__: AtOnce(), raising=False)
    monkeypatch.setattr(applying, 'Threads', CrewAtOnce)
    monkeypatch.setattr(crew, 'GATHERING', 0)
