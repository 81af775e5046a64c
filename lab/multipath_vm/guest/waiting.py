"""Commands and waiting, inside the virtual machine."""

import subprocess
import time
from collections.abc import Callable

#: an emulated machine on a busy computer is slow
PATIENCE = 120.0


def run(*command: str) -> str:
    """Run a command that must end well, and return what it says.

    :raises RuntimeError: with its complaint, when it does not.
    """
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f'{" ".join(command)}: exit code {done.returncode}, {done.stdout} {done.stderr}')
    return done.stdout


def raised(kind: type[Exception], call: Callable[[], object]) -> str:
    """Return what an error says that a call must raise."""
    try:
        call()
    except kind as error:
        return str(error)
    raise AssertionError(f'no {kind.__name__} was raised')


def wait_until(what: str, is_true: Callable[[], bool]) -> None:
    """Wait until something is true.

    :param what: said when it does not become true.
    """
    end = time.monotonic() + PATIENCE
    while not is_true():
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {PATIENCE:g} s')
        time.sleep(0.5)
