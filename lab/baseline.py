"""The copy of a fresh lab's content, and the way back to it."""

import shutil
import signal
import subprocess

from lab import database, processes
from lab.errors import LabError
from lab.layout import Lab


def is_kept(lab: Lab) -> bool:
    """Tell whether the first ``up`` came to its end."""
    return lab.baseline.exists()


def keep(lab: Lab) -> None:
    """Copy the state of the running lab.

    The services stand still meanwhile, and their connections to the database survive its restart.
    """
    pids = [each.pid for each in processes.find(lab.root) if each.name != 'mariadb']
    processes.signal_all(pids, signal.SIGSTOP)
    try:
        database.stop(lab)
        partial = lab.root / 'baseline.partial'
        shutil.rmtree(partial, ignore_errors=True)
        _copy(str(lab.state), str(partial))
        partial.replace(lab.baseline)
        database.start(lab)
    finally:
        processes.signal_all(pids, signal.SIGCONT)


def restore(lab: Lab) -> None:
    """Put the copy in the place of the state; nothing of the lab may run.

    :raises LabError: if there is no copy.
    """
    if not is_kept(lab):
        raise LabError(f'The lab in {lab.root} was never up: run `python3 -m lab up` first.')
    shutil.rmtree(lab.state, ignore_errors=True)
    _copy(str(lab.baseline), str(lab.state))


def _copy(source: str, target: str) -> None:
    # cp keeps owners and holes, which shutil does not.
    done = subprocess.run(['cp', '-a', source, target], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise LabError(f'{source} could not be copied: {done.stderr.strip().splitlines()[-1]}.')
