"""Runs a command while the lab is up: python -m tools.with_lab LAB_DIR OFFSET COMMAND...

The lab is left as it was found: one that had to be started is stopped again, also when the command fails or
is interrupted. OFFSET may be empty. The last thing written is the command's own output.

The command may be this very program with another lab: ``LAB_DIRS`` names all that are up for it, the first one first.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab import health, layout, lifecycle
from lab.errors import LabError
from tools.free_offset import offset_for


def is_up(root: Path) -> bool:
    """Return whether the folder has a lab and every service of it answers."""
    return (root / 'lab.json').exists() and all(row.is_up for row in health.rows(layout.load(root)))


def run(root: Path, command: Sequence[str]) -> int:
    """Run the command with the lab as its cloud; Ctrl-C is its own business until it ends."""
    outer = [each for each in os.environ.get('LAB_DIRS', '').split(os.pathsep) if each]
    variables = {
        **os.environ,
        'LAB_DIR': str(root),
        'LAB_DIRS': os.pathsep.join([*outer, str(root)]),
        'OS_CLIENT_CONFIG_FILE': str(root / 'clouds.yaml'),
        'OS_CLOUD': 'lab',
    }
    with subprocess.Popen(command, env=variables) as child:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda received, frame: child.send_signal(received))
        signal.signal(signal.SIGINT, lambda received, frame: None)
        return child.wait()


def main(root: Path, wanted: str, command: Sequence[str]) -> int:
    """Bring the lab up, run the command, put the lab back as it was.

    :returns: the command's exit code; 128 and the signal's number when a signal ended it.
    """
    was_up = is_up(root)
    try:
        if not was_up:
            lifecycle.up(root, offset_for(root, wanted))
        code = run(root, command)
    finally:
        if not was_up:
            lifecycle.down(root, remove=False)
    return code if code >= 0 else 128 - code


if __name__ == '__main__':
    try:
        sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2], sys.argv[3:]))
    except LabError as error:
        sys.exit(f'lab: {error}')
    except KeyboardInterrupt:
        sys.exit(130)
