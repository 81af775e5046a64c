"""``python3 -m lab.multipath_vm``: try everything, and show what came of it."""

import sys

from lab.errors import LabError
from lab.multipath_vm.trial import run
from lab.progress import say


def main() -> int:
    """Run all scenarios.

    :returns: the exit code: 0 when all went well, else 1.
    """
    try:
        trial = run()
    except LabError as error:
        print(f'lab: {error}', file=sys.stderr)
        return 1
    for each in trial.results.values():
        print(f'{each.seconds:6.1f} s  {each.name}{" FAILED" if each.failure else ""}')
        print(each.failure, end='')
    say(f'the virtual machine ({trial.accelerator}) is done')
    return int(any(each.failure for each in trial.results.values()) or not trial.results)


sys.exit(main())
