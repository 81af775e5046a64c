"""The server on a socket: HTTP to requests, answers to HTTP; and what only a simulator has, below ``/lab``."""

import dataclasses
import json
import os
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from lab.contrail.api import Api
from lab.contrail.shapes import TEXT, Answer, Request


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = 'HTTP/1.1'
    server_version = 'contrail-simulator'
    # Headers and body leave in two writes; without this the second waits for the acknowledgement of the first.
    disable_nagle_algorithm = True
    timeout: ClassVar[int] = 120
    server: 'Server'

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: a log of a hundred thousand lines helps nobody."""

    def _serve(self) -> None:
        size = int(self.headers.get('Content-Length') or 0)
        content = self.rfile.read(size)
        parts = urllib.parse.urlsplit(self.path)
        try:
            body = json.loads(content) if content else None
        except ValueError:
            self._send(Answer(400, 'Invalid JSON', TEXT))
            return
        request = Request(
            self.command,
            urllib.parse.unquote(parts.path),
            dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
            body,
            {name.lower(): value for name, value in self.headers.items()},
            f'http://{self.headers.get("Host", "localhost")}',
        )
        self._send(self.server.answer(request))

    def _send(self, answer: Answer) -> None:
        is_text = answer.content_type == TEXT
        content = str(answer.body).encode() if is_text else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header('Content-Type', answer.content_type)
        if answer.is_broken:
            self.send_header('Transfer-Encoding', 'chunked')
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True
            return
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """A simulator that listens on loopback.

    :param port: 0 for any that is free.
    :param state: the file in which the objects are kept when the process ends; None for nowhere.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, api: Api, port: int = 0, state: Path | None = None) -> None:
        super().__init__(('127.0.0.1', port), _Handler)
        self.api = api
        self.requests = 0
        self._state = state

    @property
    def url(self) -> str:
        """Where it answers."""
        return f'http://127.0.0.1:{self.server_address[1]}'

    def start(self) -> None:
        """Serve in a thread of its own, until :meth:`stop`."""
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()

    def stop(self) -> None:
        """End serving and free the port."""
        self.shutdown()
        self.server_close()
        self.save()

    def save(self) -> None:
        """Keep the objects for the next start."""
        if self._state:
            self.api.store.save(self._state)

    def answer(self, request: Request) -> Answer:
        """Answer a request; below ``/lab``, those that steer the simulator."""
        if request.path.startswith('/lab/'):
            return self._steer(request)
        self.requests += 1
        behaviour = self.api.behaviour
        if behaviour.dies_after is not None:
            behaviour.dies_after -= 1
            if behaviour.dies_after < 0:
                self.save()
                os._exit(1)
        try:
            return self.api.answer(request)
        except (KeyError, TypeError, AttributeError, ValueError, OSError) as error:
            return Answer(500, f'Internal error: {error!r}', TEXT)

    def _steer(self, request: Request) -> Answer:
        behaviour = self.api.behaviour
        if request.path == '/lab/resync':
            self.api.projects.resync(request.base, behaviour.has_transformer)
            return Answer(body={'failed': sorted(self.api.projects.failed)})
        if request.path == '/lab/behaviour':
            names = {each.name for each in dataclasses.fields(behaviour)}
            for name, value in (request.body or {}).items():
                if name not in names:
                    return Answer(400, f'No such behaviour: {name}', TEXT)
                setattr(behaviour, name, value)
            return Answer(body=dataclasses.asdict(behaviour))
        if request.path == '/lab/count':
            return Answer(body={'requests': self.requests, 'objects': len(self.api.store.objects)})
        return Answer(404, 'There is nothing of that name to steer', TEXT)
