"""What a handler may ask of a cloud: Protocols that the real cloud and the fake one both satisfy."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from orphancleanup.model import Ref

#: what is asked for; several values of one name are sent one after the other
Query = Mapping[str, str | int | Sequence[str]]
#: what the configuration file says in one group: option to value
Options = Mapping[str, Any]
#: what is sent as JSON: an object, or a list (JSON patches, lists of ids)
Body = Mapping[str, Any] | Sequence[Any]


class Closing(Protocol):
    """What has to be closed."""

    def close(self) -> None:
        """Give back what was taken; called once, at the end of a run."""


Kept = TypeVar('Kept', bound=Closing)
Told = TypeVar('Told')
Item = TypeVar('Item')


class Service(Protocol):
    """One API service of a cloud, at one microversion.

    Paths are relative to the service's endpoint (``/volumes/detail``); answers are parsed JSON. Every method
    raises :class:`orphancleanup.errors.ApiError` for an answer that says no and
    :class:`orphancleanup.errors.Unreachable` when no usable answer came, after the retries that are safe.
    """

    def get(self, path: str, query: Query | None = None) -> Any:
        """Read one document."""

    def pages(
        self, path: str, key: str, query: Query | None = None, past_end: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield every item of a collection, following pages to the end.

        :param key: the name of the list in the document (``volumes``); pages are followed by ``<key>_links``,
            or, when the query has a ``limit`` and there are no links, by ``marker`` until a short page.
        :param past_end: whether to ask once more for what comes after the last item (``marker``) although no link
            says that there is anything, because the service may cut a listing without a word; what comes is yielded,
            until nothing new does. A service that knows no ``marker`` repeats its page, which ends it, too; one that
            refuses it must not be asked so. Items without an ``id`` cannot be asked past.
        :raises orphancleanup.errors.IncompleteListing: when a page fails, is no such list, or was cut.
        :raises orphancleanup.errors.ListingMoved: when it changed meanwhile so that reading it again may help.
        """

    def delete(self, path: str, query: Query | None = None, body: Body | None = None) -> Any:
        """Ask for a removal; answers the parsed document, None when there is none.

        A 404 is raised as any other: the engine takes it for done.

        :param body: for the few services that take one with it (Sahara's ``{"force": true}``).
        """

    def post(self, path: str, body: Body) -> Any:
        """Ask for an action; answers the parsed document, None when there is none."""

    def put(self, path: str, body: Body) -> Any:
        """Replace or update; answers the parsed document, None when there is none."""

    def patch(self, path: str, body: Body, content_type: str = 'application/json') -> Any:
        """Change in part; returns the parsed document, None when there is none. Never sent twice after an unknown end.

        :param content_type: what the service wants (Glance: ``application/openstack-images-v2.1-json-patch``).
        """


class AppliedPlan(Protocol):
    """A plan that is being applied, as far as steps may ask about it."""

    def is_planned(self, ref: Ref) -> bool:
        """See :meth:`Cloud.is_planned`."""

    def set_aside(self, name: str, document: Any) -> str:
        """See :meth:`Cloud.set_aside`."""


class Cloud(Protocol):
    """What a handler sees of a cloud: an administrator's view of all projects."""

    @property
    def project_id(self) -> str:
        """The project this cloud is seen from (the administrator's own, or a project's: see :meth:`project`)."""

    @property
    def user_id(self) -> str:
        """The caller's own user, in whatever project."""

    def service(self, service_type: str, microversion: str | None = None) -> Service:
        """Return a service of the catalogue.

        :param service_type: the official type (``block-storage``); older names in the catalogue are found too.
        :param microversion: the lowest one that the handler needs; it is what is asked for.
        :raises orphancleanup.errors.ServiceAbsent: when the cloud positively has none: it is neither in our catalogue
            nor among the services and endpoints that Keystone has registered.
        :raises orphancleanup.errors.ServiceHidden: when our catalogue lacks it, and the cloud has it or may have it.
        """

    def once(self, what: str, ask: Callable[[], None]) -> None:
        """Ask something that holds for a whole service, unless it was asked within the last half minute.

        :param what: names the question (``Cinder takes us for an administrator``).
        :param ask: returns when the answer is yes, and raises when it is not; then it is asked again the next time.
        """

    def sharing_regions(self, service_type: str, through: str) -> frozenset[str]:
        """Return the other regions whose own service may use the same second service as ours.

        Where regions share one service (Cinder) and each has its own of another (Nova), what our Nova does not know
        may live in another region. A region counts that has an endpoint of ``service_type`` which is none of ours,
        and of ``through`` either an endpoint at one of our addresses or none at all.

        :param service_type: the service that each region has for itself (``compute``).
        :param through: the service that they may share (``block-storage``).
        :raises orphancleanup.errors.CloudError: when Keystone's lists cannot be read.
        """

    def is_gone(self, ref: Ref) -> bool:
        """Return whether a resource of any kind, another package's too, is gone for sure; it is asked for just now.

        For steps that would harm whoever still uses it: the handler of its kind proves it, as for the engine itself.

        :raises orphancleanup.errors.Unreachable: when that cannot be told: no handler knows the kind, its service is
            hidden from us, no answer came, or another region may have it. Let it pass: nothing harsher is tried then.
        """

    def is_planned(self, ref: Ref) -> bool:
        """Return whether the plan that is being applied names a resource; False while none is applied.

        For steps that touch more than their own resource: what the plan does not name must be as well off afterwards.
        """

    def set_aside(self, name: str, document: Any) -> str:
        """Keep what a step is about to take out of a service's hands, secrets included, and return the file's path.

        It is a file in the folder of the run that only its owner may read, whole and on the disk when this returns;
        one of the same name stays as it is. Nothing of it goes anywhere else.

        :param name: becomes a part of the file's name (``abandoned-ID``); what is no letter, digit, dot or hyphen in
            it is replaced.
        :param document: plain JSON values.
        :raises orphancleanup.errors.JournalError: when it cannot be written: then the step must not go on.
        :raises orphancleanup.errors.Unreachable: when no plan is being applied.
        """

    def project(self, project_id: str) -> 'Cloud':
        """Return the same cloud seen from within a living project, for the few services that insist on it.

        Any role that the caller has there serves. Without one, a role is granted for the run while a plan is applied:
        written to the journal first, and taken back afterwards.

        :raises orphancleanup.errors.Forbidden: when the caller has no role there, and only reading is allowed.
        """

    def ask_each(self, items: Iterable[Item], ask: Callable[[Item], Told]) -> list[Told]:
        """Return what is answered about each of some things in their order; a few are asked about at a time.

        For what a service lists for one user or project at a time only. What the first one that fails raises is raised.
        """

    def in_each(self, project_ids: Iterable[str], ask: Callable[['Cloud'], Told]) -> list[Told]:
        """Return what some projects answer in their order; each is asked from within, a few at a time.

        For a service that lists what is in one project only. What the first one that fails raises is raised.

        :param ask: given the cloud as it is seen from within a project; see :meth:`project`.
        """

    def options(self, beginning: str) -> Mapping[str, Options]:
        """Return what the configuration file says for a plugin that needs more than the cloud to do its work.

        :param beginning: of the names of the groups that are meant (``3par:``).
        :returns: the whole name of each group to its options; nothing when no group has been written.
        """

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        """Return what a plugin has opened for the time of the run, and open it when nobody has done so yet.

        For what is no service of the cloud: a session with a storage array. It is closed at the end of the run.

        :param name: names it among everything that is opened.
        """

    def require_change(self, what: str) -> None:
        """Return when something outside the cloud's own services may be changed just now; asked right before it is.

        :param what: the change, in words (``DELETE of osv-1 on the array a``).
        :raises orphancleanup.errors.ReadOnlyViolation: when only reading is allowed.
        :raises orphancleanup.errors.TooLate: when what was seen before this step is too old by now.
        """
