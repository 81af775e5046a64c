"""A proxy that only counts: what requests of which method a program sends, whoever wrote it."""

import http.client
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP_BY_HOP = frozenset({'connection', 'proxy-connection', 'keep-alive', 'transfer-encoding'})


class Counting:
    """The running proxy.

    :ivar methods: method to the number of requests so far.
    """

    def __init__(self) -> None:
        self.methods: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(('127.0.0.1', 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self._server.server_address[1]}'

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, method: str) -> None:
        with self._lock:
            self.methods[method] += 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                proxy.count(self.command)
                self._forward()

            def _forward(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                headers = {
                    name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP
                }
                connection = http.client.HTTPConnection(url.netloc, timeout=120)
                target = url._replace(scheme='', netloc='').geturl()
                connection.request(self.command, target, body or None, headers)
                answer = connection.getresponse()
                content = answer.read()
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in (*_HOP_BY_HOP, 'content-length'):
                        self.send_header(name, value)
                if self.command != 'HEAD' and answer.status not in (204, 304):
                    self.send_header('Content-Length', str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                connection.close()

        return Handler


@contextmanager
def counting() -> Iterator[Counting]:
    """Yield a running proxy."""
    proxy = Counting()
    try:
        yield proxy
    finally:
        proxy.close()
