"""One run at a time for each cloud, among the runs that share a state folder.

That are those of one user on one machine. Runs of other users, on other machines or with another ``XDG_STATE_HOME`` do
not see this lock: a lock that all would see had to be in the cloud, which is only read until a plan is applied.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from orphancleanup.clock import Clock
from orphancleanup.errors import ConfigurationError, LockedError
from orphancleanup.model import CloudIdentity
from orphancleanup.storing import files
from orphancleanup.storing.run_folder import state_folder


@contextlib.contextmanager
def hold(identity: CloudIdentity, run_id: str, clock: Clock, root: Path | None = None) -> Iterator[None]:
    """Keep other runs with the same state folder away from a cloud.

    The kernel lets go when the process ends, however it ends: there are no stale locks.

    :param root: where the lock files are, when not in the user's own state folder.
    :raises LockedError: when another run works on it; names its process, its start and its id.
    :raises ConfigurationError: when the lock cannot be made or written.
    """
    folder = root or state_folder() / 'locks'
    path = folder / f'{identity.fingerprint}.lock'
    try:
        files.make_private_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _useless(path, error) from error
    try:
        try:
            _take(descriptor, identity)
            _sign(descriptor, run_id, clock)
        except OSError as error:
            raise _useless(path, error) from error
        yield
    finally:
        # The file stays: were it removed, one run could lock the old file while another locks a new one.
        os.close(descriptor)


def _useless(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f'The lock {path} cannot be made: {error.strerror}; nothing was removed: make room, or set XDG_STATE_HOME to '
        f'another place.'
    )


def _take(descriptor: int, identity: CloudIdentity) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockedError(
            f'Another run works on the cloud at {identity.auth_url}: {_holder(descriptor)}; '
            f'wait until it has ended.'
        ) from error


def _sign(descriptor: int, run_id: str, clock: Clock) -> None:
    note = {'pid': os.getpid(), 'start': clock.now().isoformat(timespec='seconds'), 'run_id': run_id}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(note).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        note = json.loads(os.pread(descriptor, 4096, 0))
        return f'run {note["run_id"]}, process {note["pid"]}, since {note["start"]}'
    except (ValueError, KeyError, TypeError):
        return 'it has just begun'
