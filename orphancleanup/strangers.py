"""The boundary to code that is not ours: plugins, and the libraries that they use.

Whatever it raises is caught here, and nowhere else but where a step is taken, where a reading is made and where the
program ends: there it would be a defect of ours.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Value = TypeVar('Value')


class EndsProgram(Exception):
    """It calls ``sys.exit``: left alone, the program would end with whatever exit code it names, 0 for instance."""

    def __init__(self, error: SystemExit) -> None:
        super().__init__(f'it ends the program with {error!r}')


@contextmanager
def guarded(made: Callable[[Exception], Exception], *passing: type[Exception]) -> Iterator[None]:
    """Let what goes wrong inside be an error that says whose fault it is.

    :param made: makes that error of what was raised.
    :param passing: what may be raised as it is.
    """
    try:
        yield
    except passing:
        raise
    except Exception as error:
        raise made(error) from error
    except SystemExit as error:
        raise made(EndsProgram(error)) from error


def attempted(ask: Callable[[], Value]) -> Value | Exception:
    """Return what something returns, or what it raises."""
    try:
        return ask()
    except Exception as error:
        return error
    except SystemExit as error:
        return EndsProgram(error)
