"""Serves the array's API over HTTP, and records what it was asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.ports import ADDRESS
from lab.threepar import control, routes
from lab.threepar.array import Array, Record
from lab.threepar.faults import Fault, Faults
from lab.threepar.refusals import Refused
from lab.threepar.routes import Answer
from lab.threepar.sessions import Account, Sessions

#: who may change everything, and who may only look
EDITOR, BROWSER = 'edit', 'browse'
PASSWORD = 'array-password'
_KEY = 'X-HP3PAR-WSAPI-SessionKey'


class Simulator:
    """An array behind an address.

    :ivar requests: method and path of each request of the API so far, logins left out.
    """

    def __init__(self, array: Array | None = None) -> None:
        self.array = array or Array()
        self.array.load()
        accounts = {EDITOR: Account(PASSWORD), BROWSER: Account(PASSWORD, may_change=False)}
        self.sessions = Sessions(self.array, accounts)
        self.faults = Faults()
        self.requests: list[tuple[str, str]] = []
        self.lock = threading.RLock()

    @contextmanager
    def running(self, port: int = 0) -> Iterator[str]:
        """Serve while the context lasts.

        :returns: the address of the API, ``http://127.0.0.1:PORT/api/v1``.
        """
        server = self.server(port)
        thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
        thread.start()
        try:
            yield f'http://{ADDRESS}:{server.server_address[1]}/api/v1'
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def server(self, port: int) -> ThreadingHTTPServer:
        """Return the server, which does not serve yet."""
        server = ThreadingHTTPServer((ADDRESS, port), type('Handler', (_Handler,), {'simulator': self}))
        server.daemon_threads = True
        return server

    def answer(self, key: str | None, method: str, url: str, body: Record) -> Answer:
        """Do what a request asks for; the array does one thing at a time.

        :raises Refused: when it must not be done.
        """
        with self.lock:
            if url.startswith(control.PREFIX):
                return control.answer(self, method, url, body)
            if '/credentials' not in url:
                self.requests.append((method, url))
            return routes.answer(self.array, self.sessions, key, method, url, body)


class _Handler(BaseHTTPRequestHandler):
    simulator: Simulator
    protocol_version = 'HTTP/1.1'
    # An answer is two small writes, which would wait for each other's acknowledgement.
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = int(self.headers.get('Content-Length') or 0)
        text = self.rfile.read(length)
        fault = self.simulator.faults.take(self.command, self.path)
        time.sleep(fault.delay)
        if fault.cut == 'before':
            self._hang_up()
        elif fault.status:
            self._send(Answer(fault.status, fault.body))
        else:
            made = self._answer(text)
            if fault.cut:
                self._hang_up()
            else:
                self._send(cut(made, fault))

    def _answer(self, text: bytes) -> Answer:
        try:
            body = json.loads(text) if text else {}
        except ValueError:
            return Answer(400, {'code': 12, 'desc': 'invalid input: not JSON'})
        try:
            return self.simulator.answer(self.headers.get(_KEY), self.command, self.path, body)
        except Refused as refused:
            return Answer(refused.status, refused.body)

    def _send(self, made: Answer) -> None:
        content = b'' if made.body is None else json.dumps(made.body).encode()
        self.send_response(made.status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(content)))
        if made.location:
            self.send_header('Location', made.location)
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve


def cut(made: Answer, fault: Fault) -> Answer:
    """Return an answer with as many members of a list as a fault leaves."""
    if fault.most is None or not isinstance(made.body, dict) or 'members' not in made.body:
        return made
    return Answer(made.status, {**made.body, 'members': made.body['members'][: fault.most]})
