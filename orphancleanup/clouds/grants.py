"""Roles that the caller gets in tenants for the time of a run, and gives back."""

import contextlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orphancleanup.api import Service
from orphancleanup.clouds.answers import sentence
from orphancleanup.errors import CloudError, ConfigurationError, NotFound


class GrantLog(Protocol):
    """Where grants are recorded; a :class:`orphancleanup.journal.Journal` is one."""

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
        """Answer the record of an event: ``grant`` before it is asked for, ``granted``, ``revoked``."""
        return {
            'event': event,
            'project_id': self.project_id,
            'user_id': self.user_id,
            'role_id': self.role_id,
        }


class Grants:
    """The temporary grants of one run.

    :param identity: Keystone, as an administrator.
    :param user_id: the caller.
    :param role: the name of the role that is granted.
    """

    def __init__(self, identity: Service, user_id: str, log: GrantLog, role: str = 'member') -> None:
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
        """
        with self._lock:
            grant = Grant(project_id, self._user_id, self._role_id or self._find_role())
            if grant in self._open or _exists(self._identity, grant):
                return
            self._log.write(grant.record('grant'))
            # Before the request: were its answer lost, the role might be there all the same.
            self._open.add(grant)
            self._identity.put(grant.path, {})
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

    def _find_role(self) -> str:
        for role in self._identity.pages('/roles', 'roles', {'name': self._role}):
            if role.get('name') == self._role:
                self._role_id = str(role['id'])
                return self._role_id
        raise ConfigurationError(f'Keystone has no role {self._role!r}; configure the one that tenants use.')


def open_grants(records: Iterable[Mapping[str, Any]]) -> tuple[Grant, ...]:
    """Answer the grants of a journal that were asked for and not revoked."""
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


def undo(records: Iterable[Mapping[str, Any]], identity: Service, log: GrantLog) -> tuple[str, ...]:
    """Revoke what a killed run has left granted.

    :param records: the whole journal of that run.
    :param identity: Keystone, as an administrator; changes must be allowed.
    :param log: that run's journal.
    :returns: a sentence for each grant that could not be revoked.
    """
    failures = []
    for grant in open_grants(records):
        try:
            _revoke(identity, grant, log)
        except CloudError as error:
            failures.append(_failure(grant, error))
    return tuple(failures)


def _revoke(identity: Service, grant: Grant, log: GrantLog) -> None:
    # Never granted, revoked by somebody else, or gone with the project: all of these are what we want.
    with contextlib.suppress(NotFound):
        identity.delete(grant.path)
    log.write(grant.record('revoked'))


def _exists(identity: Service, grant: Grant) -> bool:
    try:
        identity.get(grant.path)
    except NotFound:
        return False
    return True


def _failure(grant: Grant, error: CloudError) -> str:
    return (
        f'The role {grant.role_id} of user {grant.user_id} in tenant {grant.project_id} could not be revoked: '
        f'{sentence(error)} Revoke it by hand, or resume the run.'
    )
