"""Sessions: a login makes one; an array has room for few, and each ends when it is idle for too long."""

import secrets
from dataclasses import dataclass, field

from lab.threepar import refusals
from lab.threepar.array import Array, Record

#: of a small array with two nodes
MOST = 36
IDLE_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in."""

    password: str
    may_change: bool = True


@dataclass(slots=True)
class Sessions:
    """The sessions of an array.

    :ivar accounts: by the name of their user.
    :ivar used: key to the user, and to when it was used last.
    :ivar logins: how many there were since the start.
    """

    array: Array
    accounts: dict[str, Account] = field(default_factory=dict)
    most: int = MOST
    idle: float = IDLE_SECONDS
    used: dict[str, tuple[str, float]] = field(default_factory=dict)
    logins: int = 0

    def login(self, body: Record) -> str:
        """Return the key of a new session.

        :raises Refused: when user and password are not known, or there is no room.
        """
        account = self.accounts.get(body.get('user', ''))
        if account is None or account.password != body.get('password'):
            raise refusals.INVALID_USER_OR_PASSWORD('invalid username or password')
        self._expire()
        if len(self.used) >= self.most:
            raise refusals.TOO_MANY_SESSIONS('the maximum number of sessions is in use')
        self.logins += 1
        key = f'0-{secrets.token_hex(16)}'
        self.used[key] = (body['user'], self.array.now())
        return key

    def logout(self, key: str) -> None:
        """End a session; one that has ended is none of the caller's."""
        self._expire()
        if self.used.pop(key, None) is None:
            raise refusals.INVALID_SESSION_KEY('invalid session key')

    def require(self, key: str | None, is_change: bool) -> None:
        """Return when a request may be answered.

        :raises Refused: when its session is not known or has ended, or may not change anything.
        """
        self._expire()
        if key not in self.used:
            raise refusals.INVALID_SESSION_KEY('invalid session key')
        user, _ = self.used[key]
        self.used[key] = (user, self.array.now())
        if is_change and not self.accounts[user].may_change:
            raise refusals.PERMISSION_DENIED('permission denied')

    def _expire(self) -> None:
        now = self.array.now()
        self.used = {key: each for key, each in self.used.items() if now - each[1] < self.idle}
