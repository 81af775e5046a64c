"""The services of a fake cloud: collections and single routes, and what goes wrong in them."""

import re
from collections.abc import Callable
from typing import Any

from orphancleanup.errors import CloudError
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.collection import Collection, CollectionOptions
from orphancleanup.testing.fake_routes import Answer, FakeRoutes
from orphancleanup.testing.fake_service import Request


class FakeServices:
    """What the services of :class:`orphancleanup.testing.fake_cloud.FakeCloud` have and answer.

    :ivar project_id: the administrator's project; requests from within any other come from a project.
    """

    project_id: str

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self._collections: dict[tuple[str, str], Collection] = {}
        self._routes = FakeRoutes()

    def collection(
        self, service: str, path: str, key: str, options: CollectionOptions | None = None
    ) -> Collection:
        """Bring a collection into a service, or answer the one that is there.

        :param path: where its items are (``/volumes``).
        :param key: the name of the list in its document (``volumes``).
        """
        if (service, path) in self._collections:
            return self._collections[service, path]
        collection = Collection(path, key, options or CollectionOptions(), self.clock)
        self._collections[service, path] = collection
        item = re.escape(path) + '/(?P<id>[^/]+)'
        for listed in (path, *collection.options.list_paths):
            self.route(
                service,
                'GET',
                re.escape(listed),
                lambda _, request: collection.page(
                    request.query, request.project_id, request.project_id != self.project_id
                ),
            )
        self.route(service, 'GET', item, lambda match, _: collection.document(match['id']))
        self.route(service, 'DELETE', item, lambda match, _: collection.delete(match['id']))
        self.route(
            service,
            'POST',
            item + '/action',
            lambda match, request: collection.act(match['id'], request.body or {}),
        )
        return collection

    def collections(self) -> tuple[Collection, ...]:
        """Return all collections."""
        return tuple(self._collections.values())

    def route(self, service: str, method: str, path: str, answer: Answer) -> None:
        """Answer requests to a path (a regular expression, matched whole); the first route that fits is taken.

        :param answer: given the match and the request; what it returns is the document, what it raises the error.
        """
        self._routes.add(service, method, path, answer)

    def override(self, service: str, method: str, path: str, answer: Answer) -> None:
        """Answer requests otherwise than so far; the parameters are those of :meth:`route`."""
        self._routes.override(service, method, path, answer)

    def before(
        self, target: tuple[str, str, str], act: Callable[[Request], None], times: float = 1, after: int = 0
    ) -> None:
        """Let something happen before requests are answered.

        :param target: service and method, ``*`` for any, and a regular expression that is found in the path.
        :param times: how often; ``math.inf`` for ever.
        :param after: how many such requests are left alone first (the pages before the one that fails).
        """
        self._routes.before(target, act, times, after)

    def fail(self, target: tuple[str, str, str], error: CloudError, times: float = 1, after: int = 0) -> None:
        """Let requests fail; the parameters are those of :meth:`before`."""

        def refuse(_: Request) -> None:
            raise error

        self.before(target, refuse, times, after)

    def remove_service(self, service: str) -> None:
        """Take a service away altogether: it is positively absent."""
        self._routes.remove(service)

    def has_service(self, service: str) -> bool:
        """Return whether the cloud has it, shown or hidden."""
        return service in self._routes.services()

    def _served(self) -> set[str]:
        return self._routes.services()

    def _answered(self, request: Request) -> Any:
        for collection in self._collections.values():
            collection.settle()
        return self._routes.answer(request)
