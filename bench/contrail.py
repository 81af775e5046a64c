"""Networks of a deleted project, with three referrers each: python -m bench.contrail [--networks N].

Tells the requests, the memory and the CPU time of the command, which surveys all, plans and removes them.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from bench.measured import Networks, cost

COMMAND = (
    str(Path(sys.executable).with_name('orphancleanup')), '--quiet', 'cleanup', '--orphans',
    '--namespace', 'contrail-vn', '--backend', '--max-share', '100', '--max-removals', '1000000', '--yes-remove',
)  # fmt: skip
#: each network, and what refers to it
_EACH = 4


def main() -> None:
    """Print what the removal costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--networks', type=int, default=10_000)
    parser.add_argument('--latency', type=float, default=0.005, help='seconds that each request waits')
    arguments = parser.parse_args()
    found = cost(Networks(arguments.networks, arguments.latency), COMMAND)
    objects = _EACH * arguments.networks
    methods = Counter[str]()
    for name, count in found.counts.items():
        methods[name.partition(' ')[0]] += count
    print(f'{arguments.networks} networks, {objects} objects')
    print(f'  {found.seconds:.1f} s, {1000 * found.cpu / objects:.2f} ms of CPU each, {found.memory:.0f} MiB')
    print(f'  {sum(methods.values()) / objects:.3f} requests each: {dict(methods)}')
    for name, count in sorted(found.counts.items(), key=lambda each: -each[1])[:12]:
        print(f'  {count:7} {name}')


if __name__ == '__main__':
    main()
