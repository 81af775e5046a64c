"""Whose is what is on an array, and what it is a case of: the array's view joined with Cinder's. Pure.

What is not Cinder's is None here and is never touched: a name that its driver has not given, a pool that others use, a
comment that somebody else wrote, a volume that Cinder gave back (``unmanage``).
"""

import datetime
import enum
from collections.abc import Iterable, Mapping

from orphancleanup.model import Part, Ref, Resource
from orphancleanup.plugins.threepar_lun import cinder, comments, names, nova
from orphancleanup.plugins.threepar_lun.cinder import CinderContents, CinderVolume
from orphancleanup.plugins.threepar_lun.configured import Configured
from orphancleanup.plugins.threepar_lun.inventory import Export, Volume
from orphancleanup.plugins.threepar_lun.names import Name, Role
from orphancleanup.states import States

LUN, EXPORT, SET = '3par-lun', '3par-vlun', '3par-vvset'


class Status(enum.StrEnum):
    """What something on an array is a case of; the letters are those of the operator's page (docs/3par.rst)."""

    LIVING = 'of a living volume'
    LEFTOVER = 'left over (C)'
    TEMPORARY = 'temporary'
    OVERDUE = 'past its hour (C)'
    #: a living volume that its hosts may use
    EXPORTED = 'exported'
    #: a living volume that nobody has attached: it is busy when it is to be deleted
    UNATTACHED = 'exported without an attachment (D)'


STATES = States(deletion_failed=frozenset({Status.OVERDUE, Status.UNATTACHED}))
#: the words of Cinder for a volume that is at rest, so that no connection is being made or broken just now
_RESTING = frozenset({'available', 'error', 'error_deleting'})
_VOLUMES = frozenset({Role.VOLUME, Role.SWAPPED_VOLUME})


def whose(volume: Volume, configured: Configured) -> Name | None:
    """Return what Cinder made a volume or a snapshot for; None when it is not Cinder's."""
    name = names.decode(volume.name)
    if name is None or name.role in names.UNMANAGED or name.role is Role.VOLUME_SET:
        return None
    if volume.cpg not in configured.cpgs or comments.read(volume.comment).is_foreign:
        return None
    return name


def owners(volume: Volume, name: Name, in_cinder: CinderContents) -> tuple[Ref, ...]:
    """Return the living volume or snapshot of Cinder's that something on an array belongs to; by name and by comment.

    A comment counts for life only: it never makes an orphan of anything.
    """
    if name.role is Role.SNAPSHOT:
        return (Ref(cinder.SNAPSHOT, name.id),) if name.id in in_cinder.snapshots else ()
    if name.role not in _VOLUMES:
        return ()
    living = (in_cinder.owner(each) for each in claims(volume, name))
    return tuple(sorted({each.ref for each in living if each}))


def claims(volume: Volume, name: Name) -> frozenset[str]:
    """Return the ids of all volumes that something on an array may belong to: by its name, and by its comment."""
    return frozenset({name.id, *comments.read(volume.comment).ids})


def lun(volume: Volume, name: Name, configured: Configured, context: 'Context') -> Resource:
    """Return a volume or a snapshot as a resource."""
    found = owners(volume, name, context.in_cinder)
    status = _status(volume, name, bool(found), context.now)
    is_orphan = status is Status.LEFTOVER
    claimed = claims(volume, name) if is_orphan else ()
    servers = frozenset().union(*(context.servers.get(each, ()) for each in claimed))
    return Resource(
        ref=Ref(LUN, f'{volume.name}@{configured.name}'),
        name=volume.name,
        project_id=_project(found, name, context.in_cinder),
        status=status,
        created_at=volume.made,
        updated_at=volume.expires if status is Status.OVERDUE else None,
        condition=STATES.condition(status),
        parents=(*_missing(name, is_orphan), *context.base(volume)),
        blockers=tuple(Ref(nova.SERVER, each) for each in sorted(servers)),
        owners=found,
        others=tuple(Part(LUN, child) for child in sorted(context.temporary(volume.name))),
        protection='' if found else _protection(volume, configured, context.now),
        capacity=volume.size,
        details={'wwn': volume.wwn, 'id': name.id, 'role': str(name.role)},
    )


def export(
    found: Export, volume: Volume, name: Name, configured: Configured, in_cinder: CinderContents
) -> Resource:
    """Return an export of one of Cinder's volumes as a resource; it goes with its volume, and stays with it."""
    living = in_cinder.owner(name.id)
    status = _export_status(living)
    return Resource(
        ref=Ref(EXPORT, f'{found}@{configured.name}'),
        name=volume.name,
        project_id=living.project_id if living else '',
        status=status,
        updated_at=living.changed if living else None,
        condition=STATES.condition(status),
        owners=(Ref(LUN, f'{volume.name}@{configured.name}'),),
        details={'wwn': volume.wwn, 'host': found.host, 'lun': found.lun},
    )


class Context:
    """What decides over the volumes of one array together.

    :param in_cinder: what Cinder has.
    :param servers: the id of a volume to the servers that say they have it.
    :param now: aware, UTC.
    """

    def __init__(
        self, in_cinder: CinderContents, servers: Mapping[str, frozenset[str]], now: datetime.datetime
    ) -> None:
        self.in_cinder, self.servers, self.now = in_cinder, servers, now
        self._bases: dict[str, Ref] = {}
        self._children: dict[str, set[str]] = {}

    def add(self, volumes: Iterable[Volume], configured: Configured) -> None:
        """Tell which volumes there are: a snapshot depends on one of Cinder's only."""
        for volume in volumes:
            name = whose(volume, configured)
            if name:
                self._bases[volume.name] = Ref(LUN, f'{volume.name}@{configured.name}')
                if name.role is Role.TEMPORARY_SNAPSHOT:
                    self._children.setdefault(volume.copy_of, set()).add(volume.name)

    def base(self, volume: Volume) -> tuple[Ref, ...]:
        """Return what a snapshot is a snapshot of; nothing for a temporary one, which goes along."""
        is_temporary = volume.name in self._children.get(volume.copy_of, ())
        base = self._bases.get(volume.copy_of)
        return (base,) if base and not is_temporary else ()

    def temporary(self, name: str) -> frozenset[str]:
        """Return the temporary snapshots of a volume."""
        return frozenset(self._children.get(name, ()))


def _status(volume: Volume, name: Name, is_owned: bool, now: datetime.datetime) -> Status:
    if name.role is Role.TEMPORARY_SNAPSHOT:
        is_overdue = volume.expires is not None and volume.expires <= now
        return Status.OVERDUE if is_overdue else Status.TEMPORARY
    return Status.LIVING if is_owned else Status.LEFTOVER


def _missing(name: Name, is_orphan: bool) -> tuple[Ref, ...]:
    """Return what something left over was made for; it is asked for once more before it counts as gone."""
    if not is_orphan:
        return ()
    return (Ref(cinder.SNAPSHOT if name.role is Role.SNAPSHOT else cinder.VOLUME, name.id),)


def _project(found: tuple[Ref, ...], name: Name, in_cinder: CinderContents) -> str:
    for ref in found:
        if ref.kind == cinder.VOLUME:
            return in_cinder.volumes[ref.id].project_id
    return in_cinder.snapshots.get(name.id, '')


def _protection(volume: Volume, configured: Configured, now: datetime.datetime) -> str:
    """Return why something without an owner stays all the same; empty when nothing speaks against its removal."""
    if volume.is_replicated:
        return 'the array replicates it (remote copy)'
    if volume.retained and volume.retained > now:
        return f'the array retains it until {volume.retained:%Y-%m-%d %H:%M} UTC'
    if volume.made is None:
        return 'the array does not tell when it was made'
    age = (now - volume.made).total_seconds()
    if age < configured.grace:
        return f'it was made less than {configured.grace / 3600:g} h ago; Cinder may be about to take it up'
    return ''


def _export_status(living: CinderVolume | None) -> Status:
    if living is None:
        return Status.LEFTOVER
    is_free = living.status in _RESTING and not living.is_attached and not living.is_migrating
    return Status.UNATTACHED if is_free else Status.EXPORTED
