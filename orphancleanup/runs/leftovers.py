"""What a run leaves behind: what something else removes when what it belongs to has gone, or does not."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from orphancleanup import errors
from orphancleanup.installed import asking
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Outcome
from orphancleanup.site import Site

#: seconds between two looks for it: whoever is to remove it needs some time
PAUSES = (1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What has stayed behind.

    :param resources: what is still there at the end of the run.
    :param unread: a sentence for each kind of which that could not be read.
    """

    resources: tuple[Resource, ...] = ()
    unread: tuple[str, ...] = ()


def of_run(site: Site, outcomes: Iterable[Outcome], should_stop: Callable[[], bool]) -> Leftovers:
    """Return what has stayed behind of what a run removed; looked for until nothing has, or for a quarter of a minute.

    :param should_stop: answers whether Ctrl-C was pressed; then nobody waits.
    """
    gone = frozenset(outcome.ref for outcome in outcomes if outcome.result.is_done)
    found: dict[str, tuple[Resource, ...]] = {}
    unread: dict[str, str] = {}
    waiting = tuple(site.registry.order) if gone and not should_stop() else ()
    for pause in (*PAUSES, None):
        for kind in waiting:
            found[kind], unread[kind] = _stayed(site, kind, gone)
        waiting = tuple(kind for kind in waiting if found[kind] or unread[kind])
        if not waiting or pause is None or should_stop():
            break
        site.clock.sleep(pause)
    return Leftovers(tuple(_all(found)), tuple(why for why in unread.values() if why))


def _all(found: dict[str, tuple[Resource, ...]]) -> Iterator[Resource]:
    for resources in found.values():
        yield from resources


def _stayed(site: Site, kind: str, gone: frozenset[Ref]) -> tuple[tuple[Resource, ...], str]:
    """Return what of a kind has stayed, and why that could not be read; empty when it could."""
    try:
        return asking.stayed(site.registry, site.cloud, kind, gone), ''
    except errors.ServiceAbsent:
        return (), ''
    except errors.OrphancleanupError as error:
        return (), f'Whether {kind} has stayed behind could not be read: {error}'
