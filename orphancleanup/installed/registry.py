"""Which handlers there are: found among the installed packages, checked strictly, in the order of removal."""

import difflib
import functools
import graphlib
import importlib.metadata
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from orphancleanup.api import Cloud
from orphancleanup.errors import PluginError, UsageError
from orphancleanup.handler import EVERY_KIND, AddsSteps, Handler
from orphancleanup.installed import contract, fallbacks
from orphancleanup.installed.fallbacks import LoadedFallback

if TYPE_CHECKING:
    from stevedore.extension import ExtensionManager

GROUP = 'orphancleanup.handler.'
#: its entries are keyed by the kind that they rescue: they are no handlers
RESCUERS = fallbacks.GROUP
_NAMESPACE = re.compile(r'[a-z0-9]+(_[a-z0-9]+)*')
# Like enough for ``orphancleanup.handlers`` and ``orphan_cleanup.handler``; ``orphancleanup.command`` is not.
_LIKE_OURS = 0.9


@dataclass(frozen=True, slots=True)
class Installed:
    """An entry point as the package's metadata has it; the plugin is not imported.

    :param namespace: as people read and type it (``3par-lun``).
    :param distribution: the package that brings it, with its version.
    """

    kind: str
    namespace: str
    distribution: str
    module: str


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
        self.handlers: Mapping[str, Loaded] = MappingProxyType(dict(handlers))
        self.rescuers: Mapping[str, LoadedFallback] = MappingProxyType(dict(rescuers or {}))

    def handler(self, kind: str) -> Handler:
        """Return the handler of a kind.

        :raises UsageError: when none is installed; names the known kinds and the closest one.
        """
        if kind in self.handlers:
            return self.handlers[kind].handler
        close = difflib.get_close_matches(kind, self.handlers, 1)
        meant = f' Did you mean {close[0]!r}?' if close else ''
        known = ', '.join(sorted(self.handlers)) or 'none is installed'
        raise UsageError(f'No handler knows the kind {kind!r}.{meant} Known kinds: {known}.')

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
        return frozenset(_last(self.handlers))

    @functools.cached_property
    def project_kinds(self) -> frozenset[str]:
        """The kinds whose resources are projects."""
        return frozenset(kind for kind, each in self.handlers.items() if each.handler.contains_projects)

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

    @functools.cached_property
    def adding(self) -> Mapping[str, tuple[tuple[str, AddsSteps], ...]]:
        """Kind to the kinds whose handlers add steps to its ladder, with these; see ``AddsSteps``."""
        found: dict[str, tuple[tuple[str, AddsSteps], ...]] = {}
        for kind, loaded in self.handlers.items():
            if isinstance(loaded.handler, AddsSteps) and kind not in self._idle:
                for other in loaded.handler.adds_to:
                    found[other] = (*found.get(other, ()), (kind, loaded.handler))
        return MappingProxyType(found)

    def fitting(self, cloud: Cloud) -> 'Registry':
        """Return the same handlers, without the steps of those that have nothing to do with a cloud.

        Else a step that nothing can come of would stand between a ladder's gentle steps and its last one.
        """
        idle = {
            kind
            for kind, loaded in self.handlers.items()
            if isinstance(loaded.handler, AddsSteps) and not loaded.handler.has_work(cloud)
        }
        return Registry(self.handlers, self.rescuers, frozenset(idle))

    def before(self, kind: str) -> frozenset[str]:
        """Return all installed kinds that go before this one, directly or through others."""
        found: set[str] = set()
        waiting = [kind]
        while waiting:
            new = _predecessors(self.handlers, waiting.pop()) - found
            found |= new
            waiting += new
        return frozenset(found)


def installed() -> tuple[Installed, ...]:
    """Return all handlers that the installed packages announce, by kind, without importing any.

    :returns: also those that :func:`load` would refuse, twins included.
    """
    entries = (
        Installed(entry.name, _namespace(entry.group), _distribution(entry), entry.module)
        for entry in _entries()
    )
    return tuple(sorted(entries, key=lambda entry: (entry.kind, entry.namespace, entry.distribution)))


def load() -> Registry:
    """Load every handler of every installed namespace.

    :raises PluginError: when one cannot be loaded, is there twice or breaks the contract, or when a package has a
        group of entry points whose name is nearly one of ours.
    """
    _refuse_mistyped_groups()
    origins = {(entry.group, entry.name, entry.value): _distribution(entry) for entry in _entries()}
    found = []
    for group in sorted({group for group, _, _ in origins}):

        def refuse(_manager: object, entry: importlib.metadata.EntryPoint, error: BaseException) -> None:
            origin = origins.get((entry.group, entry.name, entry.value), 'an unknown package')
            raise PluginError(
                f'The handler {entry.name!r} of {origin} cannot be loaded from {entry.value!r}: {error!r}. '
                f'Repair or uninstall that package.'
            ) from error

        # Iterated, not map()ped: map() logs exceptions and goes on without the plugin.
        for extension in _extensions(group, refuse):
            entry = extension.entry_point
            origin = origins.get((group, entry.name, entry.value), 'an unknown package')
            found.append(_loaded(entry.name, extension.plugin, _namespace(group), origin))
    return build(found, fallbacks.load())


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
        for kind, like in contract.mistyped(each.handler, handlers):
            raise PluginError(
                f'The handler {each} names the kind {kind!r}, which no installed package knows; {like!r} is meant, it '
                f'seems: correct it.'
            )
    return Registry({kind: handlers[kind] for kind in _ordered(handlers)}, rescuers)


def _extensions(group: str, refuse: Callable[..., None]) -> 'ExtensionManager[object]':
    # Slow to import, and not needed by what only reads the metadata.
    from stevedore.extension import ExtensionManager

    try:
        return ExtensionManager(group, on_load_failure_callback=refuse)
    except (AssertionError, SystemExit) as error:
        # stevedore lets these through without its callback.
        raise PluginError(
            f'A handler of the namespace {_namespace(group)!r} ends the program when it is imported: {error!r}. '
            f'Repair or uninstall its package.'
        ) from error


def _refuse_mistyped_groups() -> None:
    points = importlib.metadata.entry_points()
    for group in sorted(points.groups):
        meant = _meant(group)
        if meant:
            packages = ', '.join(sorted({_distribution(entry) for entry in points.select(group=group)}))
            raise PluginError(
                f'{packages} has handlers in the entry-point group {group!r}, where nobody looks for them; {meant!r} '
                f'is meant, it seems: correct that package, or uninstall it.'
            )


def _meant(group: str) -> str:
    """Return the group that a mistyped one should be; empty for a group that is right, or none of ours."""
    if group.startswith(GROUP) and _NAMESPACE.fullmatch(group.removeprefix(GROUP)):
        return ''
    words = re.split(r'[^a-z0-9]+', group.lower())
    for length in (1, 2, 3):
        head, rest = ''.join(words[:length]), '_'.join(words[length:])
        if difflib.SequenceMatcher(None, head, 'orphancleanuphandler').ratio() > _LIKE_OURS:
            return GROUP + (rest.strip('_') or 'your_namespace')
    return ''


def _entries() -> Iterator[importlib.metadata.EntryPoint]:
    """Yield the entry points of all namespaces, one for each name and target."""
    points = importlib.metadata.entry_points()
    seen = set()
    for group in sorted(points.groups):
        if not group.startswith(GROUP) or group == RESCUERS:
            continue
        for entry in points.select(group=group):
            if (group, entry.name, entry.value) not in seen:
                seen.add((group, entry.name, entry.value))
                yield entry


def _namespace(group: str) -> str:
    return group.removeprefix(GROUP).replace('_', '-')


def _distribution(entry: importlib.metadata.EntryPoint) -> str:
    return f'{entry.dist.name} {entry.dist.version}' if entry.dist else 'an unknown package'


def _loaded(name: str, plugin: object, namespace: str, distribution: str) -> Loaded:
    where = f'{name!r} of {distribution}'
    if not (isinstance(plugin, type) and issubclass(plugin, Handler)):
        raise PluginError(f'The plugin {where} is {plugin!r}, which is not a subclass of Handler.')
    try:
        handler = plugin()
    except Exception as error:
        raise PluginError(f'The handler {where} cannot be made without arguments: {error}.') from error
    kind = getattr(handler, 'kind', None)
    if kind != name:
        raise PluginError(
            f'The handler {where} calls its kind {kind!r}; the entry point must have that name.'
        )
    return Loaded(handler, namespace, distribution)


def _predecessors(handlers: Mapping[str, Loaded], kind: str) -> frozenset[str]:
    """Return the kinds that go directly before one; ``'*'`` stands for all that have none and do not go after it."""
    handler = handlers[kind].handler
    named = {other for other in (*handler.after, *handler.same_as) if other in handlers}
    if _is_last(handlers[kind]):
        plain = {other for other, each in handlers.items() if not _is_last(each)}
        named |= plain - _followers(handlers, kind)
    return frozenset(named)


def _is_last(loaded: Loaded) -> bool:
    """Whether a kind goes after every other: it says so, or whatever there is may be in it."""
    return EVERY_KIND in loaded.handler.after or loaded.handler.contains_projects


def _last(handlers: Mapping[str, Loaded]) -> set[str]:
    """Return the kinds that go after every other, and those that go after one of these."""
    found = {kind for kind, loaded in handlers.items() if _is_last(loaded)}
    while more := {
        kind for kind in handlers.keys() - found if found.intersection(handlers[kind].handler.after)
    }:
        found |= more
    return found


def _followers(handlers: Mapping[str, Loaded], kind: str) -> set[str]:
    """Return the kinds that go after one by its name, directly or through others."""
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        before = waiting.pop()
        new = {other for other, each in handlers.items() if before in each.handler.after} - found
        found |= new
        waiting += new
    return found


def _ordered(handlers: Mapping[str, Loaded]) -> Iterator[str]:
    """Yield the kinds, each after those in its ``after``, else by name."""
    sorter = graphlib.TopologicalSorter({kind: _predecessors(handlers, kind) for kind in handlers})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        culprits = ', '.join(str(handlers[kind]) for kind in sorted(set(circle)))
        raise PluginError(
            f'The handlers {culprits} want to go after each other: {" -> ".join(circle)}; '
            f'correct their "after".'
        ) from error
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)
