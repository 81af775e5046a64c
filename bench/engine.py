"""The engine on a fake cloud: python -m bench.engine [speed] [scale] [--volumes N ...].

``speed`` empties a project of 500 volumes where each request takes 50 ms, in turns with openstacksdk's
``project_cleanup``. ``scale`` empties larger ones at 20 ms, and tells what each removal costs the client.
"""

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.fake_keystone import project_id
from bench.measured import Cost, World, cost

PROJECT = project_id(0)
COMMAND = (
    str(Path(sys.executable).with_name('orphancleanup')), '--quiet', 'cleanup', '--everything', '--project', PROJECT,
    '--max-share', '100', '--max-removals', '1000000', '--yes-remove',
)  # fmt: skip
#: what openstacksdk's adapter takes to send the same DELETEs from as many threads, and does nothing else
BARE = (sys.executable, '-m', 'bench.client', 'bare', PROJECT)
WAYS: Mapping[str, Sequence[str]] = {
    'orphancleanup cleanup': COMMAND,
    'the same without the start': (sys.executable, '-m', 'bench.client', 'ours', PROJECT),
    'project_cleanup': (sys.executable, '-m', 'bench.client', 'project_cleanup', PROJECT),
}


def speed(volumes: int, latency: float, rounds: int) -> None:
    """Print seconds, ratios and requests of each way, measured in turns."""
    world, costs = World(volumes, latency), dict[str, list[Cost]]()
    for number in range(rounds):
        for name in list(WAYS)[:: 1 if number % 2 == 0 else -1]:
            costs.setdefault(name, []).append(cost(world, WAYS[name]))
    theirs = _median(costs['project_cleanup'], lambda each: each.seconds)
    print(f'{volumes} volumes, {latency * 1000:.0f} ms a request, {rounds} rounds')
    print(f'  {"":28} {"seconds":>8} {"of its":>8} {"work":>8} {"CPU":>8} {"requests each":>14}')
    for name, found in sorted(costs.items(), key=lambda each: list(WAYS).index(each[0])):
        seconds, work, cpu = (
            _median(found, value) for value in (lambda c: c.seconds, lambda c: c.work, lambda c: c.cpu)
        )
        each = sum(found[-1].counts.values()) / volumes
        print(f'  {name:28} {seconds:8.2f} {seconds / theirs:8.3f} {work:8.2f} {cpu:8.2f} {each:14.3f}')
    for name, found in costs.items():
        print(f'  requests of {name}: {_shown(found[-1].counts)}')


def scale(sizes: Sequence[int], latency: float) -> None:
    """Print what a removal costs the client at each size, and what the requests alone cost one that sends no others."""
    print(f'{latency * 1000:.0f} ms a request')
    print(f'  {"":28} {"volumes":>8} {"seconds":>8} {"CPU ms each":>12} {"MiB":>6} {"requests each":>14}')
    for volumes in sizes:
        for name, command in {'orphancleanup cleanup': COMMAND, 'requests alone': BARE}.items():
            found = cost(World(volumes, latency), command)
            each = sum(found.counts.values()) / volumes
            print(
                f'  {name:28} {volumes:8} {found.seconds:8.1f} {1000 * found.cpu / volumes:12.3f} '
                f'{found.memory:6.0f} {each:14.3f}'
            )
            print(f'    {_shown(found.counts)}', flush=True)


def _median(costs: Sequence[Cost], value: Callable[[Cost], float]) -> float:
    return statistics.median(map(value, costs))


def _shown(counts: Mapping[str, int]) -> str:
    methods = Counter[str]()
    for name, count in counts.items():
        methods[name.partition(' ')[0]] += count
    most = sorted(counts.items(), key=lambda each: -each[1])[:4]
    return f'{dict(methods)}; most: ' + ', '.join(f'{count} {name}' for name, count in most)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('what', nargs='*', default=['speed', 'scale'], help='speed, scale or both')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--volumes', type=int, nargs='+', default=[10_000, 50_000], help='of scale')
    arguments = parser.parse_args()
    if 'speed' in arguments.what:
        speed(500, 0.05, arguments.rounds)
    if 'scale' in arguments.what:
        scale(arguments.volumes, 0.02)
