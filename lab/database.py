"""The lab's own MariaDB: no system service, its own folder, port and unprivileged user."""

import os
import pwd
import time
from pathlib import Path

from lab import processes
from lab.errors import LabError
from lab.layout import DATABASES, Lab
from lab.packages import program
from lab.ports import ADDRESS, is_open
from lab.progress import say

UNPRIVILEGED = 'nobody'
START_SECONDS = 60.0
# Speed over durability: what a power cut destroys here is one `reset` away.
OPTIONS = (
    '--skip-name-resolve',
    '--skip-log-bin',
    '--character-set-server=utf8mb3',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-flush-method=nosync',
    '--innodb-doublewrite=0',
    '--innodb-log-file-size=32M',
    '--max-connections=1000',
)


def start(lab: Lab) -> None:
    """Create the database folder if need be, start the server and wait until it answers.

    :raises LabError: with the log's path, if the server cannot be installed or started.
    """
    user = _user(lab)
    folder = _folder(lab, user)
    if not (folder / 'data' / 'mysql').exists():
        _install(lab, folder, user)
    command = [
        program("mariadbd"), "--no-defaults", *_user_options(user),
        f"--datadir={folder}/data", f"--tmpdir={folder}/tmp", f"--socket={lab.socket}",
        f"--pid-file={lab.socket.parent}/pid", f"--bind-address={ADDRESS}", f"--port={lab.port('mariadb')}",
        *OPTIONS,
    ]  # fmt: skip
    processes.start(lab, processes.Command('mariadb', command, os.environ, user))
    _wait(lab)


def stop(lab: Lab) -> None:
    """Stop the server cleanly."""
    found = [each for each in processes.find(lab.root) if each.name == 'mariadb']
    processes.stop(lab.root, found, processes.DATABASE_GRACE)


def _wait(lab: Lab) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_open(lab.port('mariadb')):
        if not processes.is_alive(lab.root, 'mariadb') or time.monotonic() > end:
            raise LabError(f'mariadb did not start; its log is {lab.log / "mariadb.log"}.')
        time.sleep(0.1)


def _user(lab: Lab) -> str | None:
    """Return the user that root runs the server as; None means the caller."""
    if os.geteuid() != 0:
        return None
    if _can_enter(lab.root):
        return UNPRIVILEGED
    say(f'{UNPRIVILEGED} cannot enter {lab.root}, so the database runs as root, on loopback only')
    return None


def _can_enter(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _user_options(user: str | None) -> list[str]:
    # The server refuses to run as root unless root is named.
    return ['--user=root'] if user is None and os.geteuid() == 0 else []


def _folder(lab: Lab, user: str | None) -> Path:
    folder = lab.state / 'mariadb'
    for each in (folder, folder / 'data', folder / 'tmp', lab.socket.parent):
        each.mkdir(mode=0o700, exist_ok=True)
        if user:
            account = pwd.getpwnam(user)
            os.chown(each, account.pw_uid, account.pw_gid)
    return folder


def _install(lab: Lab, folder: Path, user: str | None) -> None:
    grants = folder / 'grants.sql'
    grants.write_text('\n'.join(_grants(lab.password)))
    name = user or (pwd.getpwuid(os.geteuid()).pw_name)
    command = [
        program("mariadb-install-db"), "--no-defaults", f"--datadir={folder}/data", f"--user={name}",
        "--auth-root-authentication-method=normal", "--skip-test-db", f"--extra-file={grants}",
    ]  # fmt: skip
    try:
        processes.run(lab, processes.Command('mariadb-install', command, os.environ))
    finally:
        grants.unlink()


def _grants(password: str) -> list[str]:
    accounts = [f"'lab'@'{host}'" for host in (ADDRESS, 'localhost')]
    return [
        # The installer's server knows no accounts until it reads the new tables.
        'FLUSH PRIVILEGES;',
        *(f'CREATE DATABASE {name};' for name in DATABASES),
        *(f"CREATE USER {each} IDENTIFIED BY '{password}';" for each in accounts),
        *(f'GRANT ALL ON *.* TO {each} WITH GRANT OPTION;' for each in accounts),
        "DROP USER 'root'@'localhost';",
    ]
