"""What a step of a fallback may ask for before and after its transaction."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from orphancleanup.api import Cloud
from orphancleanup.database.changes import Change
from orphancleanup.database.fallback import Fallback
from orphancleanup.errors import CloudError, DatabaseRefused
from orphancleanup.handler import KnowsBackend
from orphancleanup.model import Part, Ref, Resource
from orphancleanup.rescue.removing import Remover
from orphancleanup.rescue.tools import Tools
from orphancleanup.strangers import guarded

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction

LOG = logging.getLogger(__name__)


class Help:
    """Satisfies :class:`orphancleanup.database.fallback.Rescue`."""

    def __init__(self, tools: Tools, fallback: Fallback, changes: tuple[Change, ...] = ()) -> None:
        self._tools, self._fallback = tools, fallback
        self.changes = changes

    @property
    def cloud(self) -> Cloud:
        """The cloud, as a handler sees it."""
        return self._tools.cloud

    def rows(self) -> AbstractContextManager['Transaction']:
        """Begin a transaction that only reads."""
        database = self._tools.databases.get(self._fallback.database)
        return database.transaction(
            {each.name: each for each in self._fallback.tables}, self._tools, is_rehearsal=True
        )

    def repeat(self, resource: Resource, step: str) -> None:
        """Take one of the steps of the kind's own handler, for the resource as it is now."""
        Remover(self._tools).repeat(resource, step)

    def remove_parts(self, parts: Sequence[Part]) -> None:
        """Remove what the rows name and a handler knows, and wait until it is gone; tell what else they name."""
        known, unknown = [], []
        for part in parts:
            kind = self._tools.registry.by_resource_type.get(part.resource_type)
            if part.is_retained:
                continue
            if kind:
                known.append(Ref(kind, part.id))
            else:
                unknown.append(part)
        for part in unknown:
            # No handler knows it: whether it is anything at all besides this row, nobody can tell.
            LOG.warning('Left behind, since no handler knows it: %s %s', part.resource_type, part.id)
            self._tools.journal.note({'event': 'left-behind', 'type': part.resource_type, 'id': part.id})
        Remover(self._tools).remove(known)

    def require_backend_gone(self, resource: Resource) -> None:
        """Return when the backend has answered that it has no such thing; write the answer into the journal."""
        is_known = False
        for kind, loaded in self._tools.registry.handlers.items():
            if isinstance(loaded.handler, KnowsBackend):
                has = _asked(loaded.handler, self._tools.cloud, kind, resource)
                is_known = is_known or has is not None
                self._note(kind, resource, has)
        if not is_known:
            raise DatabaseRefused(
                f'Whether its backend still has {resource.ref} cannot be told: no installed handler knows that '
                f'backend; nothing was changed in the database.'
            )

    def _note(self, kind: str, resource: Resource, has: bool | None) -> None:
        if has is None:
            return
        record = {'event': 'backend', 'kind': resource.kind, 'id': resource.id, 'asked': kind, 'has': has}
        self._tools.journal.write(record)
        if has:
            raise DatabaseRefused(
                f'The backend still has {resource.ref}, as {kind} says; remove it there first (--backend).'
            )


def _asked(handler: KnowsBackend, cloud: Cloud, kind: str, resource: Resource) -> bool | None:
    def failed(error: Exception) -> Exception:
        return CloudError(f'The handler of {kind} failed when asked for {resource.ref} ({error!r}).')

    with guarded(failed, CloudError):
        return handler.backend_has(cloud, resource)
