"""A Contrail beside the lab: the simulator in a process of its own, which asks the lab's Keystone who is calling."""

import os
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.contrail.client import Client, Made
from lab.contrail.estate import Home
from lab.scenarios.project import Project
from tests.functional.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
_GRACE = 10.0
_AWAY = 3.0


@dataclass
class SimulatedContrail:
    """The process, and the way into it as an administrator.

    :ivar state: the file in which its objects outlive it.
    """

    sandbox: Sandbox
    state: Path
    url: str = ''
    _process: 'subprocess.Popen[str] | None' = field(default=None, repr=False)

    @property
    def client(self) -> Client:
        """A client with the administrator's token."""
        return Client(self.url, self.sandbox.admin.session.get_token)

    @property
    def objects(self) -> dict[str, tuple[str, ...]]:
        """What is in it: uuid to type and name."""
        found = {}
        for link in self.client.ask('GET', '/')['links']:
            if link['link']['rel'] == 'collection':
                kind = link['link']['name']
                for each in self.client.ask('GET', f'/{kind}s')[f'{kind}s']:
                    found[each['uuid']] = (kind, *each['fq_name'])
        return found

    def start(self, *options: str) -> None:
        """Start it, with what an earlier one left, and where that was."""
        lab = self.sandbox.lab
        port = self.url.rpartition(':')[2] or '0'
        place = (f'--port={port}', f'--keystone={lab.endpoint("keystone")}', f'--state={self.state}')
        command = [sys.executable, '-m', 'lab.contrail', *place, *options]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, 'CONTRAIL_PASSWORD': lab.password},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        assert self.url, 'the simulator did not start'

    def stop(self) -> int:
        """End it, unless it has ended; return its exit code."""
        process = self._process
        assert process
        process.terminate()
        try:
            return process.wait(_GRACE)
        finally:
            process.kill()
            process.communicate()

    def revive(self) -> threading.Thread:
        """Wait in a thread of its own for its death, and start it again some seconds later."""

        def wait() -> None:
            assert self._process
            self._process.wait()
            time.sleep(_AWAY)
            self.start()

        thread = threading.Thread(target=wait)
        thread.start()
        return thread

    def steer(self, **behaviour: Any) -> None:
        """Change how it behaves."""
        self.client.steer('behaviour', behaviour)

    def home(self, project: Project) -> Home:
        """Return a project of Keystone in it."""
        return Home(self.client, self.client.project(project.project_id))

    def has(self, made: Made) -> bool:
        """Return whether an object is there."""
        found = self.client.ask('GET', f'/{made.type}s?obj_uuids={made.uuid}')
        return bool(found[f'{made.type}s'])


def keystone_id(home: Home) -> str:
    """Return the id of a project as Keystone writes it."""
    return uuid.UUID(home.project.uuid).hex


def configuration(*addresses: str) -> str:
    """Return the group of the configuration file that names the servers."""
    return f'[contrail]\napi_server = {", ".join(addresses)}\n'
