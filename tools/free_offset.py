"""Prints the --port-offset for ``lab up``: python -m tools.free_offset LAB_DIR [OFFSET].

A lab that exists keeps its own. A new one gets the offset that was asked for, else the first whose ports are
all free, so that several checkouts of one machine can have a lab each.
"""

import sys
from pathlib import Path

from lab import layout, ports
from lab.errors import LabError

OFFSETS = range(0, 10000, 50)


def offset_for(root: Path, wanted: str = '') -> int:
    """Return the offset of the lab in a folder, made or not.

    :param wanted: the offset asked for; empty for any that is free.
    :raises LabError: when no offset has all its ports free, or the folder's lab cannot be read.
    """
    if (root / 'lab.json').exists():
        return layout.load(root, int(wanted) if wanted else None).offset
    if wanted:
        return int(wanted)
    for offset in OFFSETS:
        if all(ports.is_free(port + offset) for port in ports.PORTS.values()):
            return offset
    raise LabError('No port offset is free for a lab: stop another lab with `python3 -m lab --dir DIR down`.')


if __name__ == '__main__':
    try:
        print(offset_for(Path(sys.argv[1]).absolute(), *sys.argv[2:]))
    except LabError as error:
        sys.exit(f'lab: {error}')
