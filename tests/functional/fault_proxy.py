"""An HTTP proxy that notes what passes, and does harm where it is told to.

The command is sent through it with ``http_proxy``, so that no request goes round it, wherever the catalogue points.
"""

import http.client
import json
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HOP_BY_HOP = frozenset(
    {'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'content-length'}
)
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way.

    :ivar port: the port of the service that it is for.
    :ivar path: its path, with the query.
    """

    method: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to a request; nothing unless said.

    :ivar path: asked for in place of the request's own.
    :ivar delay: seconds before it goes on.
    :ivar reset: whether the connection is reset, ``before`` the request is forwarded or ``after``.
    :ivar status: answered in place of the service, without asking it.
    :ivar body: the body of that answer.
    :ivar retry_after: its header Retry-After.
    :ivar cut: how the body of the service's answer is cut: ``short`` of its declared length, or a ``whole`` answer
        that ends in the middle of the document.
    """

    path: str = ''
    delay: float = 0.0
    reset: str = ''
    status: int = 0
    body: bytes = b'{"computeFault": {"message": "the proxy says no"}}'
    retry_after: str = ''
    cut: str = ''
    hold: float = 0.0
    rewrite: Callable[[Any], Any] | None = None


#: answers what is to be done to a request
Mischief = Callable[[Request], Fault | None]


def no_mischief(_: Request) -> Fault | None:
    """Let everything pass."""
    return None


@dataclass
class Proxy:
    """The proxy, and what it has seen.

    :ivar seen: every request, in the order of arrival.
    :ivar harmed: the faults that were done, with their requests.
    """

    mischief: Mischief = no_mischief
    seen: list[Request] = field(default_factory=list)
    harmed: list[tuple[Request, Fault]] = field(default_factory=list)
    url: str = ''

    @property
    def variables(self) -> dict[str, str]:
        """The variables that send a command through the proxy."""
        return {'http_proxy': self.url, 'https_proxy': self.url, 'no_proxy': ''}

    def changes(self) -> list[Request]:
        """Return what was neither reading nor logging in."""
        return [
            each
            for each in self.seen
            if each.method not in ('GET', 'HEAD')
            and not (each.method == 'POST' and each.path.endswith('/auth/tokens'))
        ]


@contextmanager
def running(mischief: Mischief = no_mischief) -> Iterator[Proxy]:
    """Run a proxy on a free port of loopback."""
    proxy = Proxy(mischief)
    server = _Server(('127.0.0.1', 0), type('Handler', (_Handler,), {'proxy': proxy}))
    proxy.url = f'http://127.0.0.1:{server.server_address[1]}'
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _rewritten(content: bytes, fault: Fault) -> bytes:
    if fault.rewrite is None or not content:
        return content
    document = fault.rewrite(json.loads(content))
    return content if document is None else json.dumps(document).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that was killed, or whose connection was reset, is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    proxy: Proxy

    def _serve(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        path = url.path + (f'?{url.query}' if url.query else '')
        request = Request(self.command, url.port or 80, path)
        body = self.rfile.read(int(self.headers.get('content-length') or 0))
        self.proxy.seen.append(request)
        fault = self.proxy.mischief(request)
        if fault:
            self.proxy.harmed.append((request, fault))
        self._pass_on(request, body, fault or Fault())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: pytest's output is for failures."""

    def _pass_on(self, request: Request, body: bytes, fault: Fault) -> None:
        time.sleep(fault.delay)
        if fault.reset == 'before':
            self._reset()
        elif fault.status:
            retry = {'Retry-After': fault.retry_after} if fault.retry_after else {}
            self._answer(fault.status, {'Content-Type': 'application/json', **retry}, fault.body)
        else:
            self._forward(request, body, fault)

    def _forward(self, request: Request, body: bytes, fault: Fault) -> None:
        connection = http.client.HTTPConnection('127.0.0.1', request.port, timeout=_SECONDS)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        try:
            connection.request(request.method, fault.path or request.path, body or None, headers)
            answer = connection.getresponse()
            content, status, found = answer.read(), answer.status, dict(answer.getheaders())
        except OSError:
            content, status, found = b'', 502, {}
        finally:
            connection.close()
        time.sleep(fault.hold)
        content = _rewritten(content, fault)
        if fault.reset == 'after':
            self._reset()
            return
        half = content[: len(content) // 2]
        if fault.cut == 'short' and half:
            self._answer(status, found, half, len(content))
            self._reset()
        else:
            self._answer(status, found, half if fault.cut == 'whole' else content)

    def _answer(self, status: int, headers: dict[str, str], body: bytes, length: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header('Content-Length', str(len(body) if length is None else length))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def _reset(self) -> None:
        """End the connection with RST."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.connection.close()
