"""Roles that the caller gets in projects for the time of a run, and gives back."""

import contextlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orphancleanup.api import Service
from orphancleanup.errors import (
    BadRequest,
    CloudError,
    ConfigurationError,
    Conflict,
    Forbidden,
    JournalError,
    NotFound,
    OrphancleanupError,
    ReadOnlyViolation,
    TooLate,
)
from orphancleanup.sentences import sentence

#: the name of the role that is granted
ROLE = 'member'
#: with these nothing was granted: Keystone said no, or nothing was sent
_NOT_GRANTED = (BadRequest, Conflict, Forbidden, NotFound, ReadOnlyViolation, TooLate)


class GrantLog(Protocol):
    """Where grants are recorded; a :class:`orphancleanup.storing.journal.Journal` is one."""

    def write(self, *records: Mapping[str, Any]) -> None:
        """Append records that are durable when it returns."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A user's role in a project."""

    project_id: str
    user_id: str
    role_id: str

    @property
    def path(self) -> str:
        return f'/projects/{self.project_id}/users/{self.user_id}/roles/{self.role_id}'

    def record(self, event: str) -> dict[str, str]:
        """Return the record of an event: ``grant`` before it is asked for, ``granted``, ``revoked``."""
        return {
            'event': event,
            'project_id': self.project_id,
            'user_id': self.user_id,
            'role_id': self.role_id,
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run can have granted, whatever its journal says.

    :param user_id: the caller.
    :param project_ids: the projects of what is in its plan.
    :param role: the name of the role.
    """

    user_id: str
    project_ids: frozenset[str]
    role: str = ROLE


class Grants:
    """The temporary grants of one run.

    :param identity: Keystone, as an administrator.
    :param user_id: the caller.
    :param role: the name of the role that is granted.
    """

    def __init__(self, identity: Service, user_id: str, log: GrantLog, role: str = ROLE) -> None:
        self._identity = identity
        self._user_id = user_id
        self._log = log
        self._role = role
        self._role_id = ''
        self._open: set[Grant] = set()
        self._lock = threading.Lock()

    def grant(self, project_id: str) -> None:
        """Give the caller the role in a project, unless it has it; then it is not ours to revoke.

        :raises ConfigurationError: when there is no such role.
        :raises NotFound: when there is no such project.
        """
        with self._lock:
            self._role_id = self._role_id or _role_id(self._identity, self._role)
            grant = Grant(project_id, self._user_id, self._role_id)
            # Also of one that was granted: another run of this account may have taken it back.
            if _exists(self._identity, grant):
                return
            self._log.write(grant.record('grant'))
            is_new = grant not in self._open
            # Before the request: were its answer lost, the role might be there all the same.
            self._open.add(grant)
            try:
                self._identity.put(grant.path, {})
            except _NOT_GRANTED:
                if is_new:
                    # What somebody else grants from now on is not ours to take back.
                    self._open.discard(grant)
                    self._log.write(grant.record('revoked'))
                raise
            self._log.write(grant.record('granted'))

    def revoke_all(self) -> tuple[str, ...]:
        """Take back all that was granted.

        :returns: a sentence for each grant that could not be revoked; it is tried again when the run is resumed.
        """
        with self._lock:
            failures = []
            for grant in sorted(self._open):
                try:
                    _revoke(self._identity, grant, self._log)
                except CloudError as error:
                    failures.append(_failure(grant, error))
                else:
                    self._open.discard(grant)
            return tuple(failures)


def open_grants(records: Iterable[Mapping[str, Any]]) -> tuple[Grant, ...]:
    """Return the grants of a journal that were asked for and not revoked."""
    found: dict[Grant, None] = {}
    for record in records:
        if record.get('event') not in ('grant', 'granted', 'revoked'):
            continue
        grant = Grant(str(record['project_id']), str(record['user_id']), str(record['role_id']))
        if record['event'] == 'revoked':
            found.pop(grant, None)
        else:
            found[grant] = None
    return tuple(found)


def undo(
    records: Iterable[Mapping[str, Any]], identity: Service, log: GrantLog, bounds: Bounds
) -> tuple[str, ...]:
    """Revoke what a killed run has left granted, as far as it can have granted it.

    :param records: the whole journal of that run.
    :param identity: Keystone, as an administrator; changes must be allowed.
    :param log: that run's journal.
    :returns: a sentence for each grant that was not revoked.
    """
    found = open_grants(records)
    if not found:
        return ()
    try:
        role_id = _role_id(identity, bounds.role)
    except OrphancleanupError as error:
        return tuple(_failure(grant, error) for grant in found)
    failures = []
    for grant in found:
        if (
            grant != Grant(grant.project_id, bounds.user_id, role_id)
            or grant.project_id not in bounds.project_ids
        ):
            failures.append(_foreign(grant))
            continue
        try:
            _revoke(identity, grant, log)
        except CloudError as error:
            failures.append(_failure(grant, error))
    return tuple(failures)


def _role_id(identity: Service, name: str) -> str:
    for role in identity.pages('/roles', 'roles', {'name': name}):
        if role.get('name') == name:
            return str(role['id'])
    raise ConfigurationError(f'Keystone has no role {name!r}; configure the one that projects use.')


def _revoke(identity: Service, grant: Grant, log: GrantLog) -> None:
    # Never granted, revoked by somebody else, or gone with the project: all of these are what we want.
    with contextlib.suppress(NotFound):
        identity.delete(grant.path)
    # It has been taken back; with no room for the record it would only be taken back once more on resume.
    with contextlib.suppress(JournalError):
        log.write(grant.record('revoked'))


def _exists(identity: Service, grant: Grant) -> bool:
    try:
        identity.get(grant.path)
    except NotFound:
        return False
    return True


def _failure(grant: Grant, error: OrphancleanupError) -> str:
    return (
        f'{_named(grant)} could not be revoked: {sentence(error)} Revoke it by hand, or resume the run with the same '
        f'account.'
    )


def _foreign(grant: Grant) -> str:
    return (
        f'{_named(grant)} is in the journal, but a run of this account with this plan cannot have granted it: it was '
        f'left as it is; revoke it by hand if it should not be there.'
    )


def _named(grant: Grant) -> str:
    return f'The role {grant.role_id} of user {grant.user_id} in project {grant.project_id}'
