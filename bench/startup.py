"""How long it takes until help is on the screen: python -m bench.startup [--rounds N]."""

import argparse
import functools
import subprocess
import sys
from pathlib import Path

from bench import figures
from tests.functional.sandbox import find_lab


def main(rounds: int) -> None:
    ours = Path(sys.executable).with_name('orphancleanup')
    theirs = find_lab().environment / 'bin' / 'openstack'
    ways = {
        'orphancleanup --help': (ours, '--help'),
        'orphancleanup help cleanup': (ours, 'help', 'cleanup'),
        'orphancleanup handler list': (ours, 'handler', 'list'),
        'python -c pass': (sys.executable, '-c', 'pass'),
        'openstack --help': (theirs, '--help'),
        'openstack volume list --help': (theirs, 'volume', 'list', '--help'),
    }
    run = functools.partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    figures.show(
        'Start-up',
        figures.in_turns({name: functools.partial(run, command) for name, command in ways.items()}, rounds),
    )


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=5)
    main(parser.parse_args().rounds)
