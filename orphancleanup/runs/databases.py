"""What is asked of the services' databases besides the steps of a run: to undo, to show, and which rights it takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from orphancleanup.clock import Clock
from orphancleanup.clouds.projects import find_project
from orphancleanup.errors import ConfigurationError, DatabaseError, UsageError
from orphancleanup.installed import asking
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Ref
from orphancleanup.rescue import granting, showing, undo_file, undoing
from orphancleanup.rescue.databases import Databases
from orphancleanup.rescue.showing import Shown
from orphancleanup.rescue.undo_file import Prepared, State, UndoFile
from orphancleanup.runs.surveying import introduce
from orphancleanup.settings import DatabaseSettings
from orphancleanup.site import Site
from orphancleanup.storing import lock, plan_file
from orphancleanup.storing.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of the rows of one transaction.

    :param is_restored: whether they are as they were before it.
    :param text: what else is to be said of it.
    """

    transaction: Prepared
    is_restored: bool
    text: str


def to_undo(folder: RunFolder, refs: frozenset[Ref]) -> tuple[Prepared, ...]:
    """Return the transactions of a run that changed something, the last one first.

    :param refs: only those of these resources; of all when there are none.
    :raises UsageError: when there is nothing, or a resource is named of which the run has changed nothing.
    """
    done = (State.ROLLED_BACK, State.UNDONE)
    found = [each for each in undo_file.read(folder.path / undo_file.NAME) if each.state not in done]
    for ref in sorted(refs - {each.ref for each in found}):
        raise UsageError(f'Run {folder.run_id} has nothing of {ref} to restore.')
    if not found:
        raise UsageError(f'Run {folder.run_id} has changed nothing in a database, or all of it was restored.')
    return tuple(each for each in reversed(found) if not refs or each.ref in refs)


def undo(
    settings: DatabaseSettings, folder: RunFolder, refs: frozenset[Ref], clock: Clock
) -> tuple[Undone, ...]:
    """Put back what the database steps of a run have changed, the last one first; each is whole or left alone.

    :raises UsageError: as :func:`to_undo`.
    :raises errors.LockedError: when a run works on its cloud.
    :raises errors.PlanError: when which cloud that is cannot be read.
    """
    cloud = plan_file.read_cloud(folder.plan)
    databases = Databases(settings)
    with lock.hold(cloud, folder.run_id, clock):
        file = UndoFile(folder.path / undo_file.NAME, clock)
        try:
            return tuple(_undone(databases, file, each) for each in to_undo(folder, refs))
        finally:
            databases.dispose()


def _undone(databases: Databases, file: UndoFile, transaction: Prepared) -> Undone:
    try:
        database = databases.get(transaction.database)
        if transaction.state is State.PREPARED and not undoing.was_committed(database, transaction):
            file.tell(transaction, State.ROLLED_BACK)
            return Undone(transaction, True, 'it was never committed')
        left = undoing.undo(database, transaction, lambda: None)
    except (DatabaseError, ConfigurationError) as error:
        return Undone(transaction, False, str(error))
    file.tell(transaction, State.UNDONE)
    return Undone(transaction, True, '; '.join(left))


def show(site: Site, ref: Ref) -> tuple[Shown, ...]:
    """Return what the database steps of a resource would do now; nothing is changed, and no row is locked.

    :raises UsageError: when no fallback is installed for its kind, or it is gone.
    """
    site.registry.handler(ref.kind)
    loaded = site.registry.rescuers.get(ref.kind)
    if loaded is None:
        known = ', '.join(sorted(site.registry.rescuers)) or 'none is installed'
        raise UsageError(f'No fallback is installed for the kind {ref.kind!r}. There are some for: {known}.')
    introduce(site)
    resource = asking.look(site.registry, site.cloud, ref)
    if resource is None:
        raise UsageError(f'{ref} is gone already.')
    databases = Databases(site.settings.databases)
    try:
        return tuple(showing.shown(databases.get(loaded.fallback.database), loaded, resource, _Facts(site)))
    finally:
        databases.dispose()


@dataclass(frozen=True, slots=True)
class _Facts:
    site: Site

    @property
    def project_id(self) -> str:
        return self.site.cloud.project_id

    def is_gone(self, ref: Ref) -> bool:
        return self.site.cloud.is_gone(ref)

    def is_project_gone(self, project_id: str) -> bool:
        return find_project(self.site.cloud, project_id) is None


def grants(settings: DatabaseSettings, registry: Registry, account: str, with_undo: bool) -> tuple[str, ...]:
    """Return the statements that give an account what the configured fallbacks need, and nothing more.

    :param account: ``NAME@HOST``.
    :param with_undo: whether it is also to put back what was changed.
    :raises UsageError: when no database is configured that a fallback uses.
    """
    databases = Databases(settings)
    try:
        found = tuple(_grants(settings, registry, databases, account, with_undo))
    finally:
        databases.dispose()
    if not found:
        raise UsageError('No database is configured that a fallback uses: see the group [mysql-fallback].')
    return found


def _grants(
    settings: DatabaseSettings, registry: Registry, databases: Databases, account: str, with_undo: bool
) -> Iterator[str]:
    by_database = granting.by_database(each.fallback for each in registry.rescuers.values())
    for name, fallbacks in sorted(by_database.items()):
        if name in settings.connections or name in settings.files:
            yield from granting.grants(databases.get(name), fallbacks, account, with_undo)
