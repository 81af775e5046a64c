"""Takes the database steps of a run, one transaction at a time: what it changes is on the disk before it is true."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from orphancleanup.clouds import timeliness
from orphancleanup.database.fallback import DatabaseStep
from orphancleanup.errors import DatabaseError, DatabaseRefused, OrphancleanupError, Unreachable
from orphancleanup.installed import asking, fallbacks, ladders
from orphancleanup.installed.fallbacks import LoadedFallback
from orphancleanup.model import Ref, Resource
from orphancleanup.rescue import proof, undo_file, undoing
from orphancleanup.rescue.helping import Help
from orphancleanup.rescue.tools import Tools
from orphancleanup.rescue.undo_file import Prepared, State, UndoFile
from orphancleanup.storing import journal

LOG = logging.getLogger(__name__)


class Rescuer:
    """The database steps of one run.

    :param folder: of the run: the undo file lies beside its journal.
    """

    def __init__(self, tools: Tools, folder: Path) -> None:
        self._tools = tools
        self._path = folder / undo_file.NAME
        self._file = UndoFile(self._path, tools.clock)
        self._turn = threading.Lock()

    def has(self, resource: Resource, name: str) -> bool:
        """Return whether a step is one of the kind's fallback, not of its own handler."""
        loaded = self._tools.registry.rescuers.get(resource.kind)
        return loaded is not None and any(each.name == name for each in fallbacks.steps(loaded, resource))

    def take(self, resource: Resource, name: str) -> None:
        """Take one step; returning means that it is committed, and that what follows from it is done.

        :raises CloudError: when it is not.
        """
        loaded = self._tools.registry.rescuers[resource.kind]
        step = _step(loaded, resource, name)
        LOG.info('%s: %s in the database of %s started', resource.ref, name, loaded.fallback.database)
        self._require_tried(resource)
        self._require_room(resource.ref)
        if step.before:
            # What it removes is looked at by itself, right before each request.
            with timeliness.until(float('inf')):
                step.before(Help(self._tools, loaded.fallback), resource)
            self._require_tried(resource)
        with self._turn:
            self._require_room(resource.ref)
            done = self._change(loaded, step, resource)
        LOG.info('%s: %s completed, %d rows changed', resource.ref, name, len(done.changes))
        self._finish(loaded, step, resource, done)

    def recover(self, note: Callable[[str], None]) -> tuple[str, ...]:
        """Bring to its end what the life before has left open.

        :param note: is told how far each of it came.
        :returns: a sentence for each of it that could not be brought to its end.
        :raises Unreachable: when it cannot be told how far it came.
        """
        failures = []
        for each in undo_file.read(self._path):
            if each.state is State.PREPARED:
                each = self._settle(each)
                self._tools.journal.write({'event': 'settled', 'state': str(each.state), 'text': _told(each)})
                note(_told(each))
            if each.state is State.COMMITTED:
                failures += self._finish_late(each)
        return tuple(failures)

    def _finish_late(self, done: Prepared) -> list[str]:
        """Do what follows from a transaction of the life before; what is still there, the run itself looks at."""
        loaded = self._tools.registry.rescuers.get(done.ref.kind)
        resource = self._tools.planned.get(done.ref)
        if loaded is None or resource is None:
            return []
        try:
            if asking.look(self._tools.registry, self._tools.cloud, done.ref) is None:
                for step in fallbacks.steps(loaded, resource):
                    if step.name == done.step:
                        self._finish(loaded, step, resource, done)
        except OrphancleanupError as error:
            return [f'What the step {done.step} leaves of {done.ref} was not removed: {error}']
        return []

    def _require_tried(self, resource: Resource) -> None:
        steps = ladders.own_ladder(self._tools.registry, resource)
        proof.require_tried(resource.ref, steps, journal.read(self._tools.journal.path))

    def _require_room(self, ref: Ref) -> None:
        limit = self._tools.settings.limits.max_database_removals
        counted = {each.ref for each in undo_file.read(self._path) if each.state is not State.ROLLED_BACK}
        if len(counted | {ref}) > limit:
            raise DatabaseRefused(
                f'This run has changed {len(counted)} resources in databases, and may no more; --max-database-removals '
                f'raises the limit.'
            )

    def _change(self, loaded: LoadedFallback, step: DatabaseStep, resource: Resource) -> Prepared:
        database = self._tools.databases.get(loaded.fallback.database)
        declared = {each.name: each for each in loaded.fallback.tables}
        with database.transaction(declared, self._tools) as begun:
            step.change(begun, resource)
            if not begun.changes:
                raise DatabaseRefused(f'The step {step.name} has nothing to change for {resource.ref}.')
            prepared = Prepared.new(resource.ref, step.name, loaded.fallback.database, begun.changes)
            self._file.prepare(prepared)
            try:
                timeliness.check(self._tools.clock)
                begun.commit()
            except OrphancleanupError as error:
                LOG.warning('The commit of %s of %s failed: %s', step.name, resource.ref, error)
                failed: OrphancleanupError = error
            else:
                self._file.tell(prepared, State.COMMITTED)
                return replace(prepared, state=State.COMMITTED)
        settled = self._settle(prepared)
        if settled.state is State.ROLLED_BACK:
            raise failed
        return settled

    def _settle(self, prepared: Prepared) -> Prepared:
        """Find out whether a transaction took effect whose end nobody has seen, and write it down.

        :raises Unreachable: when it cannot be told.
        """
        try:
            is_true = undoing.was_committed(self._tools.databases.get(prepared.database), prepared)
        except DatabaseError as error:
            raise Unreachable(
                f'Whether {prepared.step} of {prepared.ref} was committed is not known: {error}'
            ) from error
        state = State.COMMITTED if is_true else State.ROLLED_BACK
        self._file.tell(prepared, state)
        return replace(prepared, state=state)

    def _finish(self, loaded: LoadedFallback, step: DatabaseStep, resource: Resource, done: Prepared) -> None:
        if step.after:
            with timeliness.until(float('inf')):
                step.after(Help(self._tools, loaded.fallback, done.changes), resource)
        self._file.tell(done, State.FINISHED)


def _step(loaded: LoadedFallback, resource: Resource, name: str) -> DatabaseStep:
    for step in fallbacks.steps(loaded, resource):
        if step.name == name:
            return step
    raise DatabaseRefused(f'{loaded} has no step {name} for {resource.ref} any more.')


def _told(settled: Prepared) -> str:
    became = (
        'was committed'
        if settled.state is State.COMMITTED
        else 'was not committed: nothing was changed by it'
    )
    return f'The run was cut short in the step {settled.step} of {settled.ref}, which {became}.'
