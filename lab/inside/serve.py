"""``python -m lab.inside.serve PORT MODULE THREADS``: serve MODULE's WSGI application on loopback."""

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

THREADS = 8
_IDLE_SECONDS, _IDLE_CONNECTIONS = 60, 100


def run(program: str, build: Callable[[], Any], threads: int = THREADS) -> NoReturn:
    """Build an application and serve it on the port that the command line names first.

    :param program: what the service takes for the name of its program.
    :param build: starts the workers, if any, and answers the WSGI application.
    :param threads: how many requests are served at a time.
    """
    port = int(sys.argv[1])
    # The services read the rest of the command line as their own.
    sys.argv = [program, *sys.argv[2:]]
    try:
        _serve(port, build(), threads)
    except BaseException:
        traceback.print_exc()
    # The threads of workers that did start would keep a failed process alive.
    os._exit(1)


def _serve(port: int, application: Any, threads: int) -> None:
    # Not at the top: the builder may have had to patch the standard library first.
    from cheroot.wsgi import Server

    # Sahara asks every few seconds, and not again when it meets a connection that is just being closed for idleness.
    server = Server(
        ('127.0.0.1', port), application, numthreads=threads, request_queue_size=128, timeout=_IDLE_SECONDS
    )
    server.keep_alive_conn_limit = _IDLE_CONNECTIONS
    server.safe_start()


def main() -> NoReturn:
    """Serve the application of one module."""
    module, threads = sys.argv.pop(2), int(sys.argv.pop(2))
    program = module.partition('.')[0] + '-api'
    run(program, lambda: importlib.import_module(module).application, threads)


if __name__ == '__main__':
    main()
