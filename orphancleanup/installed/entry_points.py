"""What the installed packages announce: the entry points of all namespaces, and what must be wrong with a group."""

import difflib
import functools
import importlib.metadata
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from orphancleanup.errors import PluginError

if TYPE_CHECKING:
    from stevedore.extension import ExtensionManager

GROUP = 'orphancleanup.handler.'
#: its entries are keyed by the kind that they rescue: they are no handlers
RESCUERS = GROUP + 'mysql_fallback'
_NAMESPACE = re.compile(r'[a-z0-9]+(_[a-z0-9]+)*')
# Like enough for ``orphancleanup.handlers`` and ``orphan_cleanup.handler``; ``orphancleanup.command`` is not.
_LIKE_OURS = 0.9


def entries() -> Iterator[importlib.metadata.EntryPoint]:
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


def extensions(
    group: str, announced: Sequence[importlib.metadata.EntryPoint], refuse: Callable[..., None]
) -> 'ExtensionManager[object]':
    """Return the plugins of a group, imported.

    :param announced: its entry points.
    :param refuse: stevedore's ``on_load_failure_callback``; raises.
    :raises PluginError: when one ends the program.
    """
    # Slow to import, and not needed by what only reads the metadata.
    from stevedore.extension import ExtensionManager

    class Announced(ExtensionManager):  # type: ignore[type-arg]
        def list_entry_points(self) -> list[importlib.metadata.EntryPoint]:
            # stevedore's own would be what it kept on the disk, which does not notice a change within two minutes of
            # the last one: its hash has the time of a file as a float of 32 bits (stevedore/_cache.py, ``_ftobytes``).
            return list(announced)

    try:
        return Announced(group, on_load_failure_callback=refuse)
    except (AssertionError, SystemExit) as error:
        # stevedore lets these through without its callback.
        raise PluginError(
            f'A handler of the namespace {namespace(group)!r} ends the program when it is imported: {error!r}. '
            f'Repair or uninstall its package.'
        ) from error


def refuse_mistyped_groups() -> None:
    """Return when no package has a group of entry points whose name is nearly one of ours.

    :raises PluginError: when one has.
    """
    points = importlib.metadata.entry_points()
    for group in sorted(points.groups):
        meant = _meant(group)
        if meant:
            packages = ', '.join(sorted({distribution(entry) for entry in points.select(group=group)}))
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


def namespace(group: str) -> str:
    """Return what people call a group (``3par-lun``)."""
    return group.removeprefix(GROUP).replace('_', '-')


def distribution(entry: importlib.metadata.EntryPoint) -> str:
    """Return the package that brings an entry, with its version."""
    return _named(entry.dist) if entry.dist else 'an unknown package'


@functools.lru_cache(maxsize=64)
def _named(package: importlib.metadata.Distribution) -> str:
    # Name and version are read from its file each time, and all entries of a package share this object.
    told = package.metadata
    return f'{told["Name"]} {told["Version"]}'
