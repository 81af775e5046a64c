"""A real cloud, seen by an administrator or from within a project."""

import contextlib
import contextvars
import dataclasses
import datetime
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orphancleanup.api import AppliedPlan, Item, Kept, Options, Told
from orphancleanup.clouds import authentication, shared_answers
from orphancleanup.clouds.connection import Connection
from orphancleanup.clouds.endpoints import Endpoints
from orphancleanup.clouds.keeping import Keeper
from orphancleanup.clouds.registered import Register, Registered, read
from orphancleanup.clouds.sender import Sender, Target
from orphancleanup.clouds.service import RealService, Traffic
from orphancleanup.clouds.shared_answers import SharedAnswers
from orphancleanup.errors import AuthenticationFailed, ConfigurationError, Forbidden, Unreachable
from orphancleanup.model import CloudIdentity, Ref
from orphancleanup.settings import Place

#: seconds for which a yes to a question about a whole service serves
_PROVED_FOR = 30.0
#: things that one listing asks about at a time; a project wants a token first, so that Keystone is asked as often
_TOGETHER = 8
# Keystone's cache may take a moment to know a role that was granted just now.
_LOGIN_PAUSES = (0.5, 1.0, 2.0)


class RealCloud:
    """A cloud as a run sees it; satisfies :class:`orphancleanup.api.Cloud` and what a run needs besides.

    It starts read-only. Made by :func:`orphancleanup.clouds.connect.open_cloud`.

    :param register: what the administrator's view knows about Keystone's lists; None for that view itself.
    """

    def __init__(self, connection: Connection, register: Register | None = None) -> None:
        self._connection = connection
        self._register = register or Register(self._registered)
        self._endpoints = Endpoints(connection.region, connection.session, self._register)
        connection.transport.name_services(self._endpoints.keystone())
        self._access = connection.access()
        connection.transport.name_services(self._endpoints.names())
        self.identity: CloudIdentity = authentication.identity_of(
            self._access, connection.auth_url, connection.region.region_name or ''
        )
        self._shared = SharedAnswers()
        #: what was asked and answered with yes, and when
        self._proved: dict[str, float] = {}
        self._questions: dict[str, threading.Lock] = {}
        self._services: dict[tuple[str, str | None], RealService] = {}
        # Entering a project takes a while; neither services nor other projects are to wait for it.
        self._projects = Keeper()
        self._grant: Callable[[str], None] | None = None
        self._ask: Callable[[Ref], bool] | None = None
        self._applied: AppliedPlan | None = None
        self._lock = threading.Lock()

    @property
    def project_id(self) -> str:
        """The project that this cloud is seen from."""
        return self.identity.project_id

    @property
    def user_id(self) -> str:
        """The caller's user."""
        return self.identity.user_id

    @property
    def own_ids(self) -> frozenset[str]:
        """The caller's user, project and, if there is one, application credential."""
        return authentication.own_ids(self._access)

    @property
    def read_only(self) -> bool:
        """Whether everything but reading and authentication is refused."""
        return self._connection.transport.read_only

    def allow_changes(self) -> None:
        """Open the read-only gate, for the sessions of the projects, too."""
        self._connection.transport.allow_changes()

    def room(self, service_type: str) -> int:
        """See :meth:`orphancleanup.site.OpenCloud.room`."""
        return self._connection.services.of(service_type).limit

    def share_answers(self) -> contextlib.AbstractContextManager[None]:
        """See :meth:`orphancleanup.site.OpenCloud.share_answers`."""
        return self._shared.on()

    def once(self, what: str, ask: Callable[[], None]) -> None:
        """See :meth:`orphancleanup.api.Cloud.once`."""
        with self._lock:
            question = self._questions.setdefault(what, threading.Lock())
        # Whoever asks the same meanwhile waits for the answer.
        with question:
            now = self._connection.clock.monotonic()
            if now - self._proved.get(what, -math.inf) > _PROVED_FOR:
                ask()
                self._proved[what] = now

    def options(self, beginning: str) -> Mapping[str, Options]:
        """See :meth:`orphancleanup.api.Cloud.options`."""
        known = self._connection.options
        return {group: options for group, options in known.items() if group.startswith(beginning)}

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        """See :meth:`orphancleanup.api.Cloud.kept`."""
        kept: Kept = self._connection.keeper.kept(name, make)
        return kept

    def require_change(self, what: str) -> None:
        """See :meth:`orphancleanup.api.Cloud.require_change`."""
        self._connection.transport.require_change(what)

    def sharing_regions(self, service_type: str, through: str) -> frozenset[str]:
        """See :meth:`orphancleanup.api.Cloud.sharing_regions`."""
        return self._endpoints.sharing_regions(service_type, through)

    def _registered(self) -> Registered:
        return read(self.service('identity'), self._endpoints.types())

    def forbid_changes(self) -> None:
        """Close the read-only gate again, and grant nothing any more."""
        self._connection.transport.forbid_changes()
        self._grant = self._applied = None

    def request_counts(self) -> Mapping[str, int]:
        """Return ``"<service type> <METHOD>"`` to the number of requests so far."""
        return self._connection.transport.request_counts()

    def clock_ahead(self) -> datetime.timedelta | None:
        """See :meth:`orphancleanup.site.OpenCloud.clock_ahead`."""
        return self._connection.transport.clock_ahead()

    def service(self, service_type: str, microversion: str | None = None) -> RealService:
        """See :meth:`orphancleanup.api.Cloud.service`."""
        key = (service_type, microversion)
        with self._lock:
            found = self._services.get(key)
        if found is not None:
            return found
        # Not under the lock: where it is may have to be asked for, and Keystone is a service, too.
        opened = self._open(service_type, microversion)
        with self._lock:
            return self._services.setdefault(key, opened)

    def _open(self, service_type: str, microversion: str | None) -> RealService:
        connection = self._connection
        place = connection.places.get(service_type, Place())
        addresses = place.addresses or (self._address(service_type),)
        connection.transport.name_services(dict.fromkeys(addresses, service_type))
        target = Target(addresses, service_type, microversion, place.ca_file, place.has_login)
        sender = Sender(connection.session, connection.transport, target)
        turns = connection.services.of(service_type)
        shared = self._shared if service_type == shared_answers.SERVICE else None
        return RealService(
            sender, service_type, Traffic(connection.attempts, turns, connection.clock, shared)
        )

    def _address(self, service_type: str) -> str:
        template = self._endpoints.find(service_type)
        ids = {'project_id': self.project_id, 'tenant_id': self.project_id, 'user_id': self.user_id}
        try:
            return template % ids
        except (KeyError, ValueError, TypeError) as error:
            raise ConfigurationError(
                f'The address of {service_type}, {template}, cannot be filled in: {error}; only %(project_id)s and '
                f'%(user_id)s are known, and %% stands for a percent sign.'
            ) from error

    def ask_with(self, ask: Callable[[Ref], bool]) -> None:
        """See :meth:`orphancleanup.site.OpenCloud.ask_with`."""
        self._ask = ask

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`.

        :raises Unreachable: when there is no run, and so nobody who knows handlers.
        """
        if self._ask is None:
            raise Unreachable(f'Whether {ref} is gone cannot be told: there is no run that knows handlers.')
        return self._ask(ref)

    def apply_with(self, applied: AppliedPlan) -> None:
        """See :meth:`orphancleanup.site.OpenCloud.apply_with`."""
        self._applied = applied

    def is_planned(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_planned`."""
        return self._applied is not None and self._applied.is_planned(ref)

    def set_aside(self, name: str, document: Any) -> str:
        """See :meth:`orphancleanup.api.Cloud.set_aside`."""
        if self._applied is None:
            raise Unreachable(f'{name} cannot be kept: no plan is being applied.')
        return self._applied.set_aside(name, document)

    def grant_with(self, grant: Callable[[str], None]) -> None:
        """Have a role granted before a project is entered.

        :param grant: given the project's id; see :class:`orphancleanup.clouds.grants.Grants`.
        """
        self._grant = grant

    def project(self, project_id: str) -> 'RealCloud':
        """See :meth:`orphancleanup.api.Cloud.project`.

        :raises Forbidden: when we have no role there, and none may be granted because nothing may be changed.
        :raises ConfigurationError: when the credentials are bound to one project.
        """
        if project_id == self.project_id:
            return self
        entered: RealCloud = self._projects.kept(project_id, lambda: self._enter(project_id))
        if self._grant is not None and not entered.has_token():
            # Another run of this account, on another machine, has taken back what both had granted.
            self._projects.forget(project_id, entered)
            entered = self._projects.kept(project_id, lambda: self._enter(project_id))
        return entered

    def has_token(self) -> bool:
        """Return whether Keystone still lets us in here; it is asked only when there is no token that serves."""
        try:
            self._connection.access()
        except AuthenticationFailed:
            return False
        return True

    def ask_each(self, items: Iterable[Item], ask: Callable[[Item], Told]) -> list[Told]:
        """See :meth:`orphancleanup.api.Cloud.ask_each`."""

        def asked(context: contextvars.Context, item: Item) -> Told:
            return context.run(ask, item)

        known = tuple(items)
        if len(known) == 1:
            return [ask(known[0])]
        # Each in a copy of this thread's context, so that its requests are counted with this listing's.
        contexts = [contextvars.copy_context() for _ in known]
        with ThreadPoolExecutor(_TOGETHER) as pool:
            return list(pool.map(asked, contexts, known))

    def in_each(self, project_ids: Iterable[str], ask: Callable[['RealCloud'], Told]) -> list[Told]:
        """See :meth:`orphancleanup.api.Cloud.in_each`."""
        return self.ask_each(project_ids, lambda project_id: ask(self.project(project_id)))

    def _enter(self, project_id: str) -> 'RealCloud':
        connection = self._connection
        session = authentication.scoped_to(project_id, connection.region, connection.session)
        inside = dataclasses.replace(connection, session=session)
        pauses: tuple[float | None, ...] = (None,)
        if self._grant is not None:
            with contextlib.suppress(AuthenticationFailed):
                return self._entered(inside)
            self._grant(project_id)
            pauses = (*_LOGIN_PAUSES, None)
        for pause in pauses:
            try:
                return self._entered(inside)
            except AuthenticationFailed as error:
                if pause is None:
                    raise _shut_out(project_id, self._grant is not None) from error
                connection.clock.sleep(pause)
        raise AssertionError('the last attempt returns or raises')

    def _entered(self, connection: Connection) -> 'RealCloud':
        entered = RealCloud(connection, self._register)
        entered.ask_with(self.is_gone)
        entered.apply_with(self)
        return entered

    def close(self) -> None:
        """Close all connections."""
        self._connection.keeper.close()
        self._connection.session.session.close()


def _shut_out(project_id: str, is_granted: bool) -> Forbidden:
    why = (
        'although we have a role there; is it disabled, or a domain?'
        if is_granted
        else 'because we have no role there, and none is granted while only reading.'
    )
    return Forbidden(403, f'The project {project_id} cannot be entered, {why}')
