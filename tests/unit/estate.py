"""An invented kind whose resources are projects, a *plot*, and one that goes after it, a *deed*; see ``things``."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import NotFound
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.testing.collection import Item
from tests.unit.storehouse import SERVICE, Bits, Boxes, Storehouse, Things, read


class Plots(Things):
    """A plot is a project: whatever has its id as project is in it."""

    kind = 'plot'
    after = ('*',)
    resource_types = ('Invented::Plot',)
    contains_projects = True


class Deeds(Things):
    """A deed goes after the plots: the registry of an estate, as a domain is of projects."""

    kind = 'deed'
    after = ('plot',)
    resource_types = ()


class Keys(Things):
    """A key is of a service of its own, which may be away, hidden or slow."""

    kind = 'key'
    service = 'key-manager'
    after = ()
    resource_types = ()

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return [read('key', item) for item in cloud.service('key-manager').pages('/keys', 'keys')]

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        try:
            return read('key', cloud.service('key-manager').get(f'/keys/{resource.id}')['key'])
        except NotFound:
            return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', lambda cloud, one: cloud.service('key-manager').delete(f'/keys/{one.id}')),)


def registry() -> Registry:
    """Return the handlers of an estate."""
    handlers = (Things(), Bits(), Boxes(), Plots(), Deeds(), Keys())
    return build(Loaded(handler, 'estate', 'tests 1.0') for handler in handlers)


class Estate(Storehouse):
    """A storehouse on plots."""

    def __init__(self, root: Any) -> None:
        super().__init__(root)
        self.plots = self._collection('/plots', 'plots', 'plot')
        self.deeds = self._collection('/deeds', 'deeds', 'deed')
        self.keys = self.cloud.collection('key-manager', '/keys', 'keys')

    def plot(self, name: str, **fields: Any) -> Item:
        """Add a plot; it is a project that lives."""
        self.project(name)
        return self._add(self.plots, name, {'project_id': 'alpha', **fields})

    def deed(self, name: str, **fields: Any) -> Item:
        """Add a deed."""
        return self._add(self.deeds, name, {'project_id': '', **fields})

    def key(self, name: str, **fields: Any) -> Item:
        """Add a key."""
        return self._add(self.keys, name, fields)

    def site(
        self, levels: frozenset[Level] = frozenset({Level.API}), executor: Executor | None = None
    ) -> Site:
        settings = Settings(
            execution=ExecutionSettings(levels=levels), limits=Limits(max_share=100, max_removals=100_000)
        )
        return Site(self.cloud, registry(), self.cloud.clock, settings, Silence())


__all__ = ['SERVICE', 'Deeds', 'Estate', 'Keys', 'Plots', 'registry']
