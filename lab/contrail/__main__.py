"""``python -m lab.contrail --port N --keystone URL ...``: a simulator in a process of its own."""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from lab.contrail.api import Api, Behaviour
from lab.contrail.callers import Account, Keystone
from lab.contrail.server import Server
from lab.contrail.store import Store, fresh

DEFAULT_PORT = 8082
#: the variable with the password, which the command line would show to every user of the machine
PASSWORD = 'CONTRAIL_PASSWORD'


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(
        prog='python3 -m lab.contrail',
        description='Simulate the API server of Contrail on loopback.',
        allow_abbrev=False,
    )
    found.add_argument('--port', type=int, default=DEFAULT_PORT, help='0 for any that is free')
    found.add_argument(
        '--keystone', required=True, metavar='URL', help='with its version, as http://HOST:5000/v3'
    )
    found.add_argument('--username', default='admin', help=f'an administrator; the password is in {PASSWORD}')
    found.add_argument('--aaa-mode', default='cloud-admin', choices=('cloud-admin', 'rbac', 'no-auth'))
    found.add_argument('--no-transformer', action='store_true', help='leave what is derived behind')
    found.add_argument('--resync', type=float, default=0.0, metavar='SECONDS', help='how often; 0 for never')
    found.add_argument('--state', type=Path, help='the file in which the objects are kept between two runs')
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM.

    :param arguments: the command line; None is the process's own.
    """
    options = parser().parse_args(arguments)
    store = Store.load(options.state) if options.state and options.state.exists() else fresh()
    account = Account(options.keystone, options.username, os.environ.get(PASSWORD, ''))
    behaviour = Behaviour(aaa_mode=options.aaa_mode, has_transformer=not options.no_transformer)
    server = Server(Api(store, Keystone(account), behaviour), options.port, options.state)
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    server.start()
    print(server.url, flush=True)
    while not ended.wait(options.resync or None):
        # Keystone may be away for a while, as it may be for the real one.
        with contextlib.suppress(OSError):
            server.api.projects.resync(server.url, behaviour.has_transformer)
    server.stop()
    return 0


if __name__ == '__main__':
    sys.exit(main())
