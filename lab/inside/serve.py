"""``python -m lab.inside.serve PORT MODULE [--threads=N]``: serve MODULE's WSGI application."""

import importlib
import sys
from typing import Any

THREADS = 8


def serve(port: int, application: Any, threads: int = THREADS) -> None:
    """Serve a WSGI application on loopback until the process is ended."""
    # Not at the top: who calls this may have to patch the standard library first.
    from cheroot.wsgi import Server  # type: ignore[import-untyped]

    server = Server(("127.0.0.1", port), application, numthreads=threads, request_queue_size=128)
    server.safe_start()


def main(port: str, module: str, *rest: str) -> None:
    """Run one service's API."""
    threads = int(rest[0].removeprefix("--threads=")) if rest else THREADS
    # The application reads the command line as its own.
    sys.argv = [module.partition(".")[0] + "-api"]
    serve(int(port), importlib.import_module(module).application, threads)


if __name__ == "__main__":
    main(*sys.argv[1:])
