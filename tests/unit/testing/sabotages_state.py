"""Gadgets that keep something between two calls, clouds or threads, or use more than the cloud that they are given."""

import contextlib
import logging
import socket
import subprocess
import threading
from collections.abc import Iterable
from typing import Any, ClassVar

from orphancleanup.api import Cloud
from orphancleanup.model import Resource
from tests.unit.testing.gadget import Gadget

LOG = logging.getLogger(__name__)
_CACHE: dict[str, Resource | None] = {}


class LookCached(Gadget):
    def __init__(self) -> None:
        self.known: dict[str, Resource | None] = {}

    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        if asked.id not in self.known:
            self.known[asked.id] = super().look(cloud, asked)
        return self.known[asked.id]


class LookCachedForAll(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        if asked.id not in _CACHE:
            _CACHE[asked.id] = super().look(cloud, asked)
        return _CACHE[asked.id]


class ListingCached(Gadget):
    known: ClassVar[list[Resource]] = []

    def __init__(self) -> None:
        type(self).known = []

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        if not self.known:
            self.known.extend(super().discover(cloud))
        return list(self.known)


class FirstCloud(Gadget):
    """Goes on to ask the cloud that it was first given."""

    def __init__(self) -> None:
        self.clouds: list[Cloud] = []

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        self.clouds.append(cloud)
        return list(super().discover(self.clouds[0]))


class Counted(Gadget):
    def __init__(self) -> None:
        self.count = 0

    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        self.count += 1
        return super().look(cloud, asked)


class OneAtATime(Gadget):
    """Keeps what it looks for where another thread puts what that one looks for."""

    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        self.wanted = asked
        found = super().look(cloud, asked)
        return found if found and found.id == self.wanted.id else None


class OneListingAtATime(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        self.found: list[Resource] = []
        for each in super().discover(cloud):
            self.found.append(each)
        return self.found


class Locked(Gadget):
    lock: ClassVar[Any] = threading.Lock()

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        with self.lock:
            return list(super().discover(cloud))


class Tampering(Gadget):
    def read(self, record: Any) -> Resource:
        found = super().read(record)
        record.pop('color', None)
        return found


class Talkative(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for each in super().discover(cloud):
            LOG.info('Found %s', each.ref)
            yield each


class Printing(Gadget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        print('listing')
        return super().discover(cloud)


class OwnConnection(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        with contextlib.suppress(OSError):
            socket.create_connection(('127.0.0.1', 9), 0.01).close()
        return super().look(cloud, asked)


class OwnProgram(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        with contextlib.suppress(OSError):
            subprocess.run(['true'], check=False)
        return super().look(cloud, asked)
