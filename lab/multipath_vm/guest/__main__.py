"""Runs all scenarios, and tells of each one line of JSON."""

import json
import sys
import time
import traceback

from lab.multipath_vm.guest.bench import Bench
from lab.multipath_vm.guest.scenarios import SCENARIOS, Scenario


def main() -> None:
    """Run all scenarios; one that fails keeps the others from nothing."""
    bench = Bench()
    _tell('prepare', bench, lambda bench: bench.prepare())
    for scenario in SCENARIOS:
        _tell(scenario.__name__, bench, scenario)


def _tell(name: str, bench: Bench, scenario: Scenario) -> None:
    begun = time.monotonic()
    failure = ''
    try:
        scenario(bench)
        bench.require_life()
    except Exception:
        failure = traceback.format_exc()
    print(
        json.dumps({'name': name, 'failure': failure, 'seconds': round(time.monotonic() - begun, 1)}),
        flush=True,
    )
    sys.stdout.flush()


main()
