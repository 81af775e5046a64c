"""The contract of a handler.

A third party writes one class a kind: a few attributes and three methods of :class:`Handler`. Everything else
here is optional: an ability is a small Protocol, and a handler has it by having its method.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Part, Ref, Resource
from orphancleanup.states import States

#: the version of this contract; see docs/contract.rst for what is promised about it
CONTRACT = 1
#: in ``Handler.after``: every kind
EVERY_KIND = '*'


class Handler(ABC):
    """Knows one kind: how to discover it, look at one, and remove one.

    Instances are made without arguments, keep no state and are used from several threads.
    """

    #: the version of this contract that the handler was written for
    contract: ClassVar[int] = CONTRACT

    #: the kind, equal to the name of the entry point
    kind: ClassVar[str]
    #: the service type in the catalogue; when it is absent the kind is skipped, and the report says so
    service: ClassVar[str]
    #: kinds that go before this one in the same project; when one of them cannot be read, this kind is kept. ``'*'``
    #: stands for every kind that has no ``'*'`` itself and does not go after this one
    after: ClassVar[tuple[str, ...]] = ()
    #: kinds of other packages that go after this one: by what its resources say they are needed, or hold them. A table
    #: need not name what its relations name
    before: ClassVar[tuple[str, ...]] = ()
    #: the levels that its ladders may use
    levels: ClassVar[frozenset[Level]] = frozenset({Level.API})
    #: what orchestration services call this kind (``OS::Cinder::Volume``)
    resource_types: ClassVar[tuple[str, ...]] = ()
    #: which words of its status mean that its creation or its deletion failed, and which that it is gone
    states: ClassVar[States] = States()
    #: seconds after which an accepted step that has not ended counts as failed; configurable per kind
    deadline: ClassVar[float] = 300.0
    #: the codes of the reasons by which the kind may be selected at all (``named``); None when all may. For what the
    #: whole cloud shares, as flavors and roles
    selected_by: ClassVar[frozenset[str] | None] = None
    #: whether the ids of its resources are ids of projects, so that whatever has such an id as its project is in one
    contains_projects: ClassVar[bool] = False
    #: whether its resources may be in a project; False for what belongs to a user, or to the whole cloud: it is not
    #: listed once more before a project goes
    in_projects: ClassVar[bool] = True
    #: whether nothing stays because one of it names that, except for what the relations of its table name: a flavor
    #: goes after the servers and keeps none. It is not read then where only what goes before it is asked for
    keeps_nothing: ClassVar[bool] = False
    #: kinds whose resource with the same id is this very thing, seen through another service (a network of Neutron
    #: whose plug-in keeps it elsewhere). Where such a kind is installed and has it, this one is planned as a part of
    #: it: it goes through the other, and its own service proves that it is gone
    same_as: ClassVar[tuple[str, ...]] = ()
    #: services that several regions may share and whose records name resources of this kind, as Cinder's attachments
    #: name servers: what our region does not know may be another region's, and is not called gone then. One may be
    #: named without a tuple
    shared_through: ClassVar[str | tuple[str, ...]] = ()
    #: whether its service shows it as leaving before it answers the request for that: what is at rest afterwards was
    #: given up (Cinder's volumes, whose backend says that they are busy)
    leaves_at_once: ClassVar[bool] = False
    #: whether its ``look`` asks for what would show it (the keypairs of its user) and believes no 404: its None proves
    #: as much as a listing of all then, so that the end of one costs no listing
    look_proves_end: ClassVar[bool] = False
    #: whether its service answers the request for its removal only once it is gone (Nova's keypairs): one reading that
    #: no longer shows it confirms that then; of everything else two have to agree
    answers_when_gone: ClassVar[bool] = False
    #: whether what :class:`HoldsParts` tells is no resource, and only names what loses something when the owner goes
    #: (the members of an image): then only owners that may go are asked for it
    parts_only_alter: ClassVar[bool] = False

    @abstractmethod
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        """Yield every resource of the kind in the whole cloud. Reads only; raises, never skips.

        It serves the inventory and, while removals settle, tells what is still there: absence means gone.

        :raises orphancleanup.errors.PartlyListed: when a service shows nothing of some projects to the account; what is
            in all others comes with it. It keeps what is in those projects, and nothing else.
        """

    @abstractmethod
    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """Return the resource as it is now; None only when the cloud positively says that it is gone."""

    @abstractmethod
    def ladder(self, resource: Resource) -> Sequence[Step]:
        """Return the steps that can remove the resource as it is, gentlest first, with unique names."""


@runtime_checkable
class HoldsParts(Protocol):
    """An owner whose parts must be asked for, one owner at a time (a stack, a cluster)."""

    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        """Yield what the resource holds, at all depths. Reads only; raises, never skips.

        :raises orphancleanup.errors.IncompleteListing: when it cannot be read whole; for a 404 on the way, too, which
            says nothing about the owner itself.
        """


@runtime_checkable
class ShowsById(Protocol):
    """A kind whose ``look`` proves more than a 404 does, and costs more (servers in cells)."""

    def show(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """Return what the service shows for this id, None for its 404.

        Weaker than ``look``: used only for what a complete listing of the kind lacks, as the second answer.
        """


@runtime_checkable
class ListsByProject(Protocol):
    """A kind that its service lists for one project at a time (quotas): a listing of all takes many requests."""

    def discover_in(self, cloud: Cloud, project_ids: Collection[str]) -> Iterable[Resource]:
        """Yield every resource of the kind in some projects. Reads only; raises, never skips.

        It tells whether these are empty, right before they go, and what is in them when nothing else is asked for.

        :param project_ids: also of projects that are gone.
        :raises orphancleanup.errors.PartlyListed: as :meth:`Handler.discover`.
        """


@runtime_checkable
class AddsSteps(Protocol):
    """A kind that can go on where the ladder of another kind ends (a storage array, where Cinder gives up)."""

    #: the kinds to whose ladders it adds
    adds_to: ClassVar[tuple[str, ...]]

    def has_work(self, cloud: Cloud) -> bool:
        """Return whether its configuration gives it anything to do; without that it adds nothing. Asks nobody."""

    def added(self, resource: Resource) -> Sequence[Step]:
        """Return the steps for a resource of one of these kinds, gentlest first.

        They come after all steps of their own level and below. Their names are unique among all steps for the resource,
        their levels are among those that this kind declares.
        """


@runtime_checkable
class AddsEvidence(AddsSteps, Protocol):
    """One of these that tells, too, what it knows of a resource of those kinds."""

    def added_evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield what it knows of a resource of one of the kinds that it adds to. Reads only.

        :raises orphancleanup.errors.NotConfigured: when it has nothing to do with this cloud.
        """


@runtime_checkable
class GivesEvidence(Protocol):
    """A kind whose service tells more about a failure than its answer did."""

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield what explains why the resource is as it is (faults, events, user messages). Reads only.

        What stands in its way is named by ``blocker``: whether the plan keeps that is said beside it.
        """


@runtime_checkable
class KnowsBackend(Protocol):
    """A kind whose service sees what lies behind others (a storage array, and the volumes on it)."""

    def backend_has(self, cloud: Cloud, resource: Resource) -> bool | None:
        """Return whether the backend has what a resource of another kind stands for; None when it is not its backend.

        False only when the backend itself positively says so. Reads only; raises when it cannot tell.
        """


@runtime_checkable
class StaysBehind(Protocol):
    """A kind that something else removes when what it belongs to has gone, and that stays where that one is away.

    At the end of a run it is asked what has stayed behind; the report tells it (what Contrail derives from networks).
    """

    #: the kinds that it belongs to
    belongs_to: ClassVar[tuple[str, ...]]

    def stayed(self, cloud: Cloud, gone: Collection[Ref]) -> Iterable[Resource]:
        """Yield what is still there of what belonged to some resources. Reads only.

        :param gone: what no longer exists, of those kinds.
        :returns: with ``protection``: who is to remove it, in a sentence of its own kind.
        :raises orphancleanup.errors.CloudError: when it cannot be read whole.
        """
