"""The values that travel through a run. All are frozen; identity is :class:`Ref`."""

import datetime
import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orphancleanup import errors

KIND = re.compile(r'[a-z0-9]+(-[a-z0-9]+)*')
#: what stands for the list of projects where a kind is named
PROJECTS = 'project'
# Up to the last @ before the path: what precedes it is never a part of the host (RFC 3986, section 3.2.1).
_USERINFO = re.compile(r'//[^/]*@')


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """The identity of a resource: its kind and the service's own id."""

    kind: str
    id: str

    def __hash__(self) -> int:
        # Of the id alone, whose hash is kept with the text: references are looked up more than anything else.
        return hash(self.id)

    def __str__(self) -> str:
        return f'{self.kind}:{self.id}'

    @classmethod
    def parse(cls, text: str) -> 'Ref':
        """Read ``KIND:ID``.

        :raises errors.UsageError: when the text is not of that form.
        """
        kind, _, identifier = text.partition(':')
        if not KIND.fullmatch(kind) or not identifier:
            raise errors.UsageError(f'{text!r} is not KIND:ID (for instance cinder-volume:5f0c...)')
        return cls(kind, identifier)


class Level(enum.IntEnum):
    """How harsh a step is; each level above ``API`` is allowed by the option of its name."""

    API = 0
    FORCE = 1
    BACKEND = 2
    DATABASE = 3

    def __str__(self) -> str:
        return self.name.lower()


class Condition(enum.StrEnum):
    """What the status of a resource means, in its own kind's words; see :class:`orphancleanup.states.States`."""

    NORMAL = 'normal'
    CREATION_FAILED = 'creation-failed'
    DELETION_FAILED = 'deletion-failed'
    LEAVING = 'leaving'


@dataclass(frozen=True, slots=True)
class Part:
    """Something that an owner holds, named as an orchestration service names it.

    :param resource_type: for instance ``OS::Cinder::Volume``; see ``Handler.resource_types``.
    :param id: the physical id, which is the id of the resource in its own service.
    :param is_retained: whether it stays behind by design when the owner goes.
    :param alters: what loses something when the part goes, though it stays itself: the server and the volume of an
        attachment. Those that are parts of the same owner are left out.
    """

    resource_type: str
    id: str
    is_retained: bool = False
    alters: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing as a service described it.

    :param project_id: the project that owns it; empty when it is nobody's.
    :param status: the service's own word; empty for kinds without a status.
    :param created_at: aware, UTC; None when the service does not tell.
    :param updated_at: aware, UTC; since when the status stands; None when the service does not tell.
    :param condition: whether that status means a failed creation, a failed deletion, or one that is under way.
    :param parents: what it hangs on. It goes before them, and it is an orphan when one of them is gone.
    :param blockers: what must be gone before it can go (the servers a volume is attached to).
    :param owners: what takes it along when it goes (the server of an attachment, the group of a volume).
    :param goes_with: what takes it along when it goes, though it may go by itself as well (the network of a subnet).
    :param holds: what goes along with it, as far as its own listing tells (delete-on-termination volumes).
    :param retains: what stays behind by design when it goes, and must not go while it stays.
    :param alters: what stays behind, but loses something when it goes (a server whose disk a stack attached).
    :param others: parts that go along and that no handler knows.
    :param serves: ids of projects that it is used in without being of them (where a user has roles, what a network is
        shared with); one that the cloud's own services use keeps it, and while one lives, that its own is gone makes no
        orphan of it, nor of what goes with it.
    :param tags: tags and metadata keys; ``orphancleanup:keep`` protects.
    :param is_system: whether the service or another service keeps it for itself.
    :param is_for_all: whether every project may use it (a public image): that its own is gone makes no orphan of it,
        nor of what goes with it.
    :param protection: why it must stay, in a sentence of its own kind (``it is protected by its owner``); else empty.
    :param unused: why nothing needs it, in a sentence of its own kind (``no interface has it``); else empty. It makes
        an orphan of it once it has stood for an hour: what uses it may be made after it.
    :param mark: what tells it from another one under the same id, where that may be used again and no time of creation
        tells it: the fingerprint of a key, the limits of a quota. With another one before a step it is left alone.
    :param capacity: GiB that its removal frees; None for kinds of which that is not told.
    :param details: plain JSON values that the handler needs for its steps and its evidence.
    :param values: how it is set, as plain JSON values: what a test run may change of something that stays (the extra
        specs of a flavor, the limits of a quota). A saved state keeps them, and is compared with them.
    """

    ref: Ref
    name: str = ''
    project_id: str = ''
    status: str = ''
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None
    condition: Condition = Condition.NORMAL
    parents: tuple[Ref, ...] = ()
    blockers: tuple[Ref, ...] = ()
    owners: tuple[Ref, ...] = ()
    goes_with: tuple[Ref, ...] = ()
    holds: tuple[Ref, ...] = ()
    retains: tuple[Ref, ...] = ()
    alters: tuple[Ref, ...] = ()
    others: tuple[Part, ...] = ()
    serves: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    is_system: bool = False
    is_for_all: bool = False
    protection: str = ''
    unused: str = ''
    mark: str = ''
    capacity: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.ref.id

    @property
    def kind(self) -> str:
        return self.ref.kind

    @property
    def since(self) -> datetime.datetime | None:
        """Since when the resource has been as it is: its last change, else its creation."""
        return self.updated_at or self.created_at


@dataclass(frozen=True, slots=True)
class Scope:
    """Something that was to be read: a kind, and the project, the owner or the one resource when only that is meant.

    :param project_id: the project that is meant, or that the owner belongs to.
    :param owner: when only what this one holds could not be read.
    :param ref: when only whether this one exists could not be read.
    """

    kind: str
    project_id: str = ''
    owner: Ref | None = None
    ref: Ref | None = None

    @property
    def is_listing(self) -> bool:
        """Whether a listing is meant, so that absence from it means nothing."""
        return self.owner is None and self.ref is None

    def __str__(self) -> str:
        if self.ref:
            return f'whether {self.ref} exists'
        if self.owner:
            return f'what {self.owner} holds'
        name = 'the list of projects' if self.kind == PROJECTS else self.kind
        return name + (f' of project {self.project_id}' if self.project_id else '')


@dataclass(frozen=True, slots=True)
class Unread:
    """A scope that could not be read, and why: nothing may be concluded about what is in it."""

    scope: Scope
    why: str


@dataclass(frozen=True, slots=True)
class Project:
    """A Keystone project that exists."""

    id: str
    name: str
    domain_id: str = ''
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class CloudIdentity:
    """What binds a baseline, a plan and a journal to one cloud and one caller.

    :param auth_url: without a user and a password, whatever was given: it reaches files and terminals.
    :param fingerprint: a digest of ids that Keystone made itself, so that a rebuilt cloud at the same address differs.
    """

    auth_url: str
    region: str
    user_id: str
    project_id: str
    fingerprint: str

    def __post_init__(self) -> None:
        object.__setattr__(self, 'auth_url', _USERINFO.sub('//', self.auth_url))


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was found, and what could not be read.

    :param projects: project id to project: every project that any look-up of this run has seen.
    :param listed: the kinds that were listed completely; of any other kind, absence means nothing.
    :param known_projects: whether the projects were read completely, so that absence means something.
    :param absent: kind to the sentence that says why it was not looked for: its service is positively not there, and
        so is everything of the kind.
    :param unasked: kinds of ``absent`` that nobody could be asked about, since the configuration names nothing: what is
        of them may be there.
    :param partial: kinds of which only what is in the projects that were asked for is known.
    :param uncertain: what could not be told to exist or to be gone, with the sentence that says why.
    :param project_kinds: the kinds whose resources are projects; see ``Handler.contains_projects``.
    :param elsewhere: kind of projects to the sentence that says which other regions may have something in them.
    :param requests: kind to how many requests its listing took.
    :param incomplete: the kinds of which a listing could not be read; follows from ``unread``.
    """

    resources: Mapping[Ref, Resource]
    projects: Mapping[str, Project]
    listed: frozenset[str] = frozenset()
    unread: tuple[Unread, ...] = ()
    known_projects: bool = True
    absent: Mapping[str, str] = field(default_factory=dict)
    uncertain: Mapping[Ref, str] = field(default_factory=dict)
    project_kinds: frozenset[str] = frozenset()
    unasked: frozenset[str] = frozenset()
    partial: frozenset[str] = frozenset()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    incomplete: frozenset[str] = field(init=False, repr=False, compare=False)
    _contents: Mapping[str, tuple[Ref, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds = frozenset(unread.scope.kind for unread in self.unread if unread.scope.is_listing)
        object.__setattr__(self, 'incomplete', kinds)
        object.__setattr__(self, '_contents', self._by_project() if self.project_kinds else {})

    def _by_project(self) -> Mapping[str, tuple[Ref, ...]]:
        found: dict[str, list[Ref]] = {
            ref.id: [] for ref in self.resources if ref.kind in self.project_kinds and ref.id
        }
        for ref, resource in self.resources.items():
            if resource.project_id in found:
                found[resource.project_id].append(ref)
        return {project: tuple(refs) for project, refs in found.items()}

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def contents(self, ref: Ref) -> tuple[Ref, ...]:
        """Return what is in a resource that is a project; nothing for any other resource."""
        return self._contents.get(ref.id, ()) if ref.kind in self.project_kinds else ()

    def is_read(self, kind: str) -> bool:
        """Return whether everything of the kind is known, so that what is not here is gone."""
        return (kind in self.listed or kind in self.absent) and kind not in self.incomplete

    def is_gone(self, ref: Ref) -> bool:
        """Return whether the resource is positively not there; what was not read never says so."""
        is_known = self.is_read(ref.kind) and ref.kind not in self.unasked | self.partial
        return is_known and ref not in self.resources and ref not in self.uncertain


@dataclass(frozen=True, slots=True)
class Evidence:
    """What explains a failure.

    :param source: where it comes from (``api``, ``message``, ``fault``, ``event``, ``status``, ``blocker``), or which
        circumstance it tells (``user``, ``host``, ``backend``).
    :param request_id: the service's request id, empty when there is none.
    :param blocker: what stands in the way, when that is what the text is about: whether it is kept is added to it.
    """

    source: str
    text: str
    request_id: str = ''
    blocker: Ref | None = None
