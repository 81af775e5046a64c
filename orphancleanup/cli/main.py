"""The program: what a run ends with, whatever happens."""

import contextlib
import errno
import gc
import logging
import os
import sys
from collections.abc import Sequence

from orphancleanup.cli.application import Application, isolate_streams
from orphancleanup.errors import ConfigurationError, OrphancleanupError
from orphancleanup.report import exit_code

LOG = logging.getLogger(__name__)
# What a large run keeps is kept to its end; to look through it for garbage every 700 objects costs CPU for nothing.
_GARBAGE = (50_000, 50, 100)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    :param argv: the arguments; those of the process when None.
    :returns: the exit code; see :mod:`orphancleanup.report.exit_code`.
    """
    gc.set_threshold(*_GARBAGE)
    isolate_streams()
    application = Application()
    return _ended(application, _run(application, sys.argv[1:] if argv is None else argv), argv is None)


def _run(application: Application, argv: Sequence[str]) -> int:
    """Run the command, and tell what went wrong."""
    try:
        code = application.run(list(argv))
        sys.stdout.flush()
    except SystemExit as error:
        return _code_of(error)
    except BrokenPipeError:
        return exit_code.BROKEN_PIPE
    except KeyboardInterrupt:
        return exit_code.INTERRUPTED
    except OrphancleanupError as error:
        return _known_error(application, error)
    except OSError as error:
        return _no_room(application, error) if error.errno in _NO_ROOM else _defect(application, error)
    except Exception as error:
        return _homeless(application, error) if _is_about_home(error) else _defect(application, error)
    return code


def _code_of(error: SystemExit) -> int:
    return error.code if isinstance(error.code, int) else exit_code.CLEAN


def _ended(application: Application, code: int, is_program: bool) -> int:
    if code == exit_code.INTERRUPTED:
        application.screen.tell(['Interrupted.'])
    if code == exit_code.BROKEN_PIPE:
        # Nobody reads any more; without this the interpreter would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if is_program:
        # Not sys.exit(): it would wait for workers, and they for services that may not answer, and then give back
        # the memory of thousands of resources one by one.
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            # What nobody could be told makes no other code of what was done.
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)
    return code


def _no_room(application: Application, error: OSError) -> int:
    """Tell that the result, or another file, found no room; those that matter have sentences of their own."""
    where = error.filename or 'The result'
    return _known_error(
        application, OrphancleanupError(f'{where} cannot be written: {error.strerror}; make room for it.')
    )


def _is_about_home(error: Exception) -> bool:
    """Return whether an account without a home is the cause: pathlib and platformdirs raise this then."""
    return type(error) is RuntimeError and os.path.expanduser('~') == '~'


def _homeless(application: Application, error: Exception) -> int:
    known = ConfigurationError('This account has no home folder: set HOME to a folder that it may write to.')
    known.__cause__ = error
    return _known_error(application, known)


def _known_error(application: Application, error: OrphancleanupError) -> int:
    _log_traceback(application, error)
    application.screen.tell([f'orphancleanup: {error}'])
    return error.exit_code


def _defect(application: Application, error: Exception) -> int:
    _log_traceback(application, error)
    log_file = application.options.log_file
    where = (
        f'see {log_file}' if log_file else 'run it again with --debug or --log-file FILE for the traceback'
    )
    application.screen.tell(
        [
            f'orphancleanup: a defect stopped the program ({type(error).__name__}: {error}); {where}, and report it.'
        ]
    )
    return exit_code.DEFECT


def _log_traceback(application: Application, error: Exception) -> None:
    if not (application.options.debug or application.options.log_file):
        return
    if not logging.getLogger().handlers:
        # It stopped before the log was set up, perhaps because of the log file.
        with contextlib.suppress(OSError):
            logging.basicConfig(filename=application.options.log_file)
    if logging.getLogger().handlers:
        LOG.error('The program stopped', exc_info=error)


if __name__ == '__main__':
    sys.exit(main())
