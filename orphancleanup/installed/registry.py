"""Which handlers there are: found among the installed packages, checked strictly, in the order of removal."""

import difflib
import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import MappingProxyType

from orphancleanup.api import Cloud
from orphancleanup.errors import PluginError, UsageError
from orphancleanup.handler import AddsSteps, Handler, HoldsParts, ListsByProject
from orphancleanup.installed import contract, entry_points, fallbacks, order
from orphancleanup.installed.fallbacks import LoadedFallback
from orphancleanup.strangers import guarded
from orphancleanup.table import TableHandler


@dataclass(frozen=True, slots=True)
class Loaded:
    """A handler, and where it comes from."""

    handler: Handler
    namespace: str
    distribution: str

    def __str__(self) -> str:
        return f'{getattr(self.handler, "kind", None)!r} of {self.distribution}'


class Registry:
    """The handlers of a run. Made by :func:`load` or :func:`build`, which check them.

    :param handlers: kind to handler, kinds that go before others first.
    :param rescuers: kind to what removes it in its service's database when nothing else has helped.
    :param idle: kinds that add no steps to the ladders of others.
    """

    def __init__(
        self,
        handlers: Mapping[str, Loaded],
        rescuers: Mapping[str, LoadedFallback] | None = None,
        idle: frozenset[str] = frozenset(),
    ) -> None:
        self._idle = idle
        self._before: dict[str, frozenset[str]] = {}
        self.handlers: Mapping[str, Loaded] = MappingProxyType(dict(handlers))
        self.rescuers: Mapping[str, LoadedFallback] = MappingProxyType(dict(rescuers or {}))

    def handler(self, kind: str) -> Handler:
        """Return the handler of a kind.

        :raises UsageError: when none is installed; names the closest one, and what shows all.
        """
        if kind in self.handlers:
            return self.handlers[kind].handler
        close = difflib.get_close_matches(kind, self.handlers, 1)
        meant = f' Did you mean {close[0]!r}?' if close else ''
        raise UsageError(
            f'No handler knows the kind {kind!r}.{meant} "orphancleanup handler list" shows all kinds.'
        )

    @property
    def order(self) -> tuple[str, ...]:
        """All kinds, those that go first in front."""
        return tuple(self.handlers)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """All namespaces with a handler, sorted."""
        return tuple(sorted({loaded.namespace for loaded in self.handlers.values()}))

    @functools.cached_property
    def by_resource_type(self) -> Mapping[str, str]:
        """What orchestration services call a kind, to the kind (``OS::Heat::Stack``, ``heat-stack``)."""
        return MappingProxyType(
            {name: kind for kind, loaded in self.handlers.items() for name in loaded.handler.resource_types}
        )

    @functools.cached_property
    def last(self) -> frozenset[str]:
        """The kinds that go after every other, and those that go after one of these: in whatever project those are."""
        return frozenset(order.last(self.handlers))

    @functools.cached_property
    def project_kinds(self) -> frozenset[str]:
        """The kinds whose resources are projects."""
        return frozenset(kind for kind, each in self.handlers.items() if each.handler.contains_projects)

    @functools.cached_property
    def in_projects(self) -> frozenset[str]:
        """The kinds whose resources may be in a project."""
        return frozenset(kind for kind, each in self.handlers.items() if each.handler.in_projects)

    @functools.cached_property
    def owning(self) -> frozenset[str]:
        """The kinds whose owners are asked for their parts; see ``HoldsParts``."""
        return frozenset(kind for kind, each in self.handlers.items() if isinstance(each.handler, HoldsParts))

    @functools.cached_property
    def by_project(self) -> frozenset[str]:
        """The kinds that are listed for one project at a time, and that no other kind knows."""
        known = frozenset[str]().union(*self.knows.values())
        return frozenset(
            kind
            for kind, each in self.handlers.items()
            if isinstance(each.handler, ListsByProject) and kind not in known
        )

    @functools.cached_property
    def asked_late(self) -> frozenset[str]:
        """The kinds whose owners are asked for their parts only when they may go."""
        return frozenset(kind for kind, each in self.handlers.items() if each.handler.parts_only_alter)

    @functools.cached_property
    def selected_by(self) -> Mapping[str, frozenset[str]]:
        """Kind to the codes of the reasons that may select it; a kind that is not in it may be selected by all."""
        return MappingProxyType(
            {
                kind: frozenset(each.handler.selected_by)
                for kind, each in self.handlers.items()
                if each.handler.selected_by is not None
            }
        )

    def altered(self, kind: str) -> frozenset[str]:
        """Return the kinds of which something may change when one of this kind goes, as far as a table tells."""
        handler = self.handlers[kind].handler
        named = handler.alters.values() if isinstance(handler, TableHandler) else ()
        return frozenset(named) & self.handlers.keys()

    @functools.cached_property
    def adding(self) -> Mapping[str, tuple[tuple[str, AddsSteps], ...]]:
        """Kind to the kinds whose handlers add steps to its ladder, with these; see ``AddsSteps``."""
        found: dict[str, tuple[tuple[str, AddsSteps], ...]] = {}
        for kind, loaded in self.handlers.items():
            if isinstance(loaded.handler, AddsSteps) and kind not in self._idle:
                for other in loaded.handler.adds_to:
                    found[other] = (*found.get(other, ()), (kind, loaded.handler))
        return MappingProxyType(found)

    def author_of(self, kind: str) -> str:
        """Return whose handler a kind has, for a sentence about a defect."""
        return f'the handler of {kind} in {self.handlers[kind].distribution}'

    def fitting(self, cloud: Cloud) -> 'Registry':
        """Return the same handlers, without the steps of those that have nothing to do with a cloud.

        Else a step that nothing can come of would stand between a ladder's gentle steps and its last one.

        :raises PluginError: when one of them cannot tell.
        """
        idle = {kind for kind, loaded in self.handlers.items() if _is_idle(loaded, cloud)}
        return Registry(self.handlers, self.rescuers, frozenset(idle))

    def before(self, kind: str) -> frozenset[str]:
        """Return all installed kinds that go before this one, directly or through others; worked out once for each."""
        if kind not in self._before:
            self._before[kind] = frozenset(order.all_before(self._directly_before, kind))
        return self._before[kind]

    @functools.cached_property
    def _directly_before(self) -> Mapping[str, frozenset[str]]:
        return order.predecessors(self.handlers)

    @functools.cached_property
    def knows(self) -> Mapping[str, frozenset[str]]:
        """Kind to the kinds before it, directly or through others, for more than that it goes last: by a name, by a
        relation, or since one may hold it."""
        return _closed(order.knowing(self.handlers))

    @functools.cached_property
    def may_keep(self) -> Mapping[str, frozenset[str]]:
        """Kind to the kinds before it, directly or through others, of which one of it may keep something."""
        return _closed(order.keeping(self.handlers))


def _closed(direct: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    return MappingProxyType({kind: frozenset(order.all_before(direct, kind)) for kind in direct})


def load() -> Registry:
    """Load every handler of every installed namespace.

    :raises PluginError: when one cannot be loaded, is there twice or breaks the contract, or when a package has a
        group of entry points whose name is nearly one of ours.
    """
    entry_points.refuse_mistyped_groups()
    announced: dict[str, list[EntryPoint]] = defaultdict(list)
    for entry in entry_points.entries():
        announced[entry.group].append(entry)
    found = []
    for group, entries in announced.items():
        # Iterated, not map()ped: map() logs exceptions and goes on without the plugin.
        for extension in entry_points.extensions(group, entries, _refuse):
            entry = extension.entry_point
            origin = entry_points.distribution(entry)
            found.append(_loaded(entry.name, extension.plugin, entry_points.namespace(group), origin))
    return build(found, fallbacks.load())


def _refuse(_manager: object, entry: EntryPoint, error: BaseException) -> None:
    raise PluginError(
        f'The handler {entry.name!r} of {entry_points.distribution(entry)} cannot be loaded from {entry.value!r}: '
        f'{error!r}. Repair or uninstall that package.'
    ) from error


def build(loaded: Iterable[Loaded], rescuers: Mapping[str, LoadedFallback] | None = None) -> Registry:
    """Check handlers against each other and put them in order.

    :param rescuers: kind to what removes it in its service's database; of a kind that is not installed it is no error.

    :raises PluginError: when a kind or a resource type is claimed twice, or ``after`` goes round in a circle.
    """
    handlers: dict[str, Loaded] = {}
    types: dict[str, Loaded] = {}
    for each in loaded:
        for fault in contract.faults(each.handler):
            raise PluginError(f'The handler {each} {fault}; correct it.')
        twin = handlers.setdefault(each.handler.kind, each)
        if twin is not each:
            raise PluginError(f'The kind {each} is also claimed by {twin.distribution}; uninstall one.')
        for name in each.handler.resource_types:
            twin = types.setdefault(name, each)
            if twin is not each:
                raise PluginError(
                    f'The resource type {name!r} of {each} is also claimed by {twin}; uninstall one of them.'
                )
    for each in handlers.values():
        for found in contract.mistyped(each.handler, handlers):
            raise PluginError(
                f'The handler {each} names the kind {found.kind!r}, which no installed package knows; {found.like!r} '
                f'is meant, it seems: correct it.'
            )
    return Registry({kind: handlers[kind] for kind in order.ordered(handlers)}, rescuers)


def _is_idle(loaded: Loaded, cloud: Cloud) -> bool:
    if not isinstance(loaded.handler, AddsSteps):
        return False

    def failed(error: Exception) -> Exception:
        return PluginError(
            f'The handler {loaded} cannot tell whether it has anything to do ({type(error).__name__}: {error}); repair '
            f'or uninstall that package.'
        )

    with guarded(failed):
        return not loaded.handler.has_work(cloud)


def _loaded(name: str, plugin: object, namespace: str, distribution: str) -> Loaded:
    where = f'{name!r} of {distribution}'
    if not (isinstance(plugin, type) and issubclass(plugin, Handler)):
        raise PluginError(f'The plugin {where} is {plugin!r}, which is not a subclass of Handler.')
    said = f'The handler {where} cannot be made without arguments'
    with guarded(lambda error: PluginError(f'{said}: {error}.')):
        handler = plugin()
    kind = getattr(handler, 'kind', None)
    if kind != name:
        raise PluginError(
            f'The handler {where} calls its kind {kind!r}; the entry point must have that name.'
        )
    return Loaded(handler, namespace, distribution)
