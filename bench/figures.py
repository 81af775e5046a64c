"""Measuring two ways of doing the same, in turns, so that a busy machine is as unfair to one as to the other."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

Clock = Callable[[], float]


def in_turns(
    ways: Mapping[str, Callable[[], object]], rounds: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Do each way once a round, every other round in reverse order; answer the seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        names = list(ways) if number % 2 == 0 else list(reversed(ways))
        for name in names:
            begun = clock()
            ways[name]()
            seconds[name].append(clock() - begun)
    return seconds


def show(title: str, seconds: Mapping[str, Sequence[float]]) -> None:
    """Print the medians, and how many times as long as the first way the others took."""
    first = statistics.median(next(iter(seconds.values())))
    print(title)
    for name, values in seconds.items():
        median = statistics.median(values)
        print(f'  {name:44} {median:8.3f} s  x {median / first:6.2f}  ({len(values)} times)')
