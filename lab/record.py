"""Finding and making a lab: what ``lab.json`` remembers from one command to the next."""

import json
import os
import secrets
from pathlib import Path

from lab import environment
from lab.errors import LabError
from lab.layout import Lab
from lab.ports import check_offset

# A Unix socket's path must fit into sockaddr_un.sun_path.
SOCKET_PATH_LIMIT = 107


def default_root() -> Path:
    """Answer the lab's default folder: ``.lab`` in this checkout."""
    return Path(__file__).resolve().parent.parent / '.lab'


def load(root: Path, offset: int | None = None) -> Lab:
    """Read the lab of a folder.

    :param root: the lab's folder.
    :param offset: the offset asked for, or None for whatever the lab was made with.
    :returns: the lab.
    :raises LabError: if there is none, it cannot be read, or it has another offset.
    """
    path = root / 'lab.json'
    try:
        known = json.loads(path.read_text())
        lab = Lab(root, known['port_offset'], known['password'], Path(known['environment']))
    except FileNotFoundError:
        raise LabError(f'There is no lab in {root}: make one with `python3 -m lab up`.') from None
    except (ValueError, KeyError, OSError) as error:
        raise LabError(f'{path} cannot be read ({error}): remove {root} and run `up` again.') from None
    if offset is not None and offset != lab.offset:
        raise LabError(
            f'The lab in {root} was made with --port-offset {lab.offset}: leave the option out, '
            'or name another folder with --dir.'
        )
    return lab


def load_or_create(root: Path, offset: int | None) -> Lab:
    """Read the lab of a folder, or make a new one there.

    :param root: the lab's folder.
    :param offset: the offset asked for, or None.
    :returns: the lab; ``lab.json`` describes it from now on.
    :raises LabError: if the folder's lab has another offset, or other versions of the services.
    """
    if not (root / 'lab.json').exists():
        return create(root, offset or 0)
    lab = load(root, offset)
    if lab.environment != environment.location():
        raise LabError(
            f'The lab in {root} was made with other versions of the services: remove it with '
            '`python3 -m lab down --remove`, then run `up` again.'
        )
    return lab


def make_folder(root: Path) -> None:
    """Make a lab's folder unless it is there; the database's user may enter, not look.

    :raises LabError: if it cannot be made, or holds something else.
    """
    try:
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f'The folder {root} cannot be made: {error.strerror}.') from None
    names = {each.name for each in root.iterdir()}
    if names - {'lock', 'packages.log'} and 'lab.json' not in names:
        raise LabError(f'The folder {root} holds something else than a lab: choose another --dir.')


def create(root: Path, offset: int) -> Lab:
    """Decide what a new lab is, and note it in its ``lab.json``."""
    check_offset(offset)
    lab = Lab(root, offset, secrets.token_hex(12), environment.location())
    if len(str(lab.socket)) > SOCKET_PATH_LIMIT:
        raise LabError(f"{root} is too long a path for the database's socket: choose a shorter --dir.")
    write_private(root / 'lab.json', json.dumps(lab.description(), indent=2) + '\n')
    return lab


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    partial = path.with_name(path.name + '.partial')
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as file:
        file.write(text)
    partial.replace(path)
