"""What a user asked for, as values: what is selected, where, and what is kept all the same."""

import datetime
import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field

from orphancleanup.judging.baseline import Baseline
from orphancleanup.judging.preserved import NOTHING_NAMED, Preservation
from orphancleanup.model import Ref, Resource


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a test run has recorded that it made, of which much is gone again.

    :param names: what is recorded by its name only, as ``Ref(kind, name)``.
    :param unknown: what no kind is known for: the word that stands there to how many there are.
    """

    refs: frozenset[Ref] = frozenset()
    names: frozenset[Ref] = frozenset()
    unknown: Mapping[str, int] = field(default_factory=dict)

    def has(self, resource: Resource) -> bool:
        """Return whether a resource is recorded."""
        return resource.ref in self.refs or Ref(resource.kind, resource.name) in self.names


@dataclass(frozen=True, slots=True)
class Selection:
    """What counts as a reason. Several add up.

    :param baseline: all that is not in it (``--preserve-state``).
    :param orphans: what is provably orphaned (``--orphans``).
    :param stuck: error and deleting states that have lasted longer than this (``--stuck``).
    :param prefixes: beginnings of names (``--prefix``).
    :param refs: resources that are named (``--resource``).
    :param recorded: what tempest has recorded (``--resource-list``).
    :param everything: all (``--everything``).
    :param selected_by: kind to the codes of the reasons that may select it at all; what is not in it, all may select.
        See ``Handler.selected_by``: it is added by what reviews a request, not by who asks.
    """

    baseline: Baseline | None = None
    orphans: bool = False
    stuck: datetime.timedelta | None = None
    prefixes: tuple[str, ...] = ()
    refs: frozenset[Ref] = frozenset()
    recorded: Recorded | None = None
    everything: bool = False
    selected_by: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing could ever be selected."""
        return not (
            self.baseline
            or self.orphans
            or self.stuck is not None
            or self.prefixes
            or self.refs
            or self.recorded is not None
            or self.everything
        )

    def codes(self, kind: str) -> frozenset[str]:
        """Return the codes of the reasons that may select something of a kind by itself."""
        recorded = self.recorded or Recorded()
        named = {ref.kind for refs in (self.refs, recorded.refs, recorded.names) for ref in refs}
        possible = {
            'not-in-baseline': self.baseline is not None,
            'project-missing': self.orphans,
            'parent-missing': self.orphans,
            'unused': self.orphans,
            'stuck': self.stuck is not None,
            'named': kind in named,
            'prefix': bool(self.prefixes),
            'everything': self.everything,
        }
        codes = frozenset(code for code, is_possible in possible.items() if is_possible)
        return codes & self.selected_by.get(kind, codes)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the selection looks; what is outside is read for what it tells about the rest, and never selected.

    :param kinds: the kinds that may be selected; None for all.
    :param projects: ids of the projects that may be selected, living or dead; None for all.
    :param is_rest: whether the kinds are what an exclusion leaves, so that none of them was asked for by name.
    """

    kinds: frozenset[str] | None = None
    projects: frozenset[str] | None = None
    is_rest: bool = False

    def includes(self, resource: Resource) -> bool:
        """Return whether the resource is inside."""
        return (self.kinds is None or resource.kind in self.kinds) and (
            self.projects is None or resource.project_id in self.projects
        )


@dataclass(frozen=True, slots=True)
class KeepPattern:
    """``--keep KIND:NAME_OR_ID``: an id or a name, in which ``*`` and ``?`` stand for any text and any character."""

    kind: str
    pattern: str

    def matches(self, resource: Resource) -> bool:
        """Return whether the resource is meant. A kind of ``*`` means every kind.

        A bracket is meant as it is, and as the shell would have it: whoever typed it wants something kept.
        """
        if self.kind not in ('*', resource.kind):
            return False
        patterns = (self.pattern, self.pattern.replace('[', '[[]'))
        return any(
            fnmatch.fnmatchcase(word, each) for word in (resource.id, resource.name) for each in patterns
        )


@dataclass(frozen=True, slots=True)
class Protection:
    """What is kept although it is selected.

    :param older_than: younger resources, and those without a creation time, are kept (``--older-than``).
    :param patterns: what ``--keep`` names.
    :param excluded: the kinds that ``--exclude-kind`` names: of these nothing goes with its owner, either.
    :param preservation: what a configuration of tempest names (``--tempest-conf``).
    :param own_ids: the caller's own user, project and credentials.
    :param own_project: the caller's own project, unless it was named: what nothing but ``--everything`` selects in it
        is kept.
    :param service_projects: names or ids of projects that the cloud's own services use.
    :param clock_margin: how far the clocks of services may be apart, when ages are compared with a baseline's.
    """

    older_than: datetime.timedelta | None = None
    patterns: tuple[KeepPattern, ...] = ()
    excluded: frozenset[str] = frozenset()
    preservation: Preservation = NOTHING_NAMED
    own_ids: frozenset[str] = frozenset()
    own_project: str = ''
    service_projects: frozenset[str] = frozenset()
    clock_margin: datetime.timedelta = datetime.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Request:
    """All that a user asked of one clean-up, before any cloud was looked at."""

    selection: Selection
    reach: Reach = Reach()
    protection: Protection = Protection()

    @property
    def kinds_by_name(self) -> frozenset[str]:
        """The kinds that were asked for by name, alone or as that of a resource."""
        kinds = frozenset[str]() if self.reach.is_rest else self.reach.kinds or frozenset()
        return kinds | {ref.kind for ref in self.selection.refs}
