"""How a resource is related to others, for people and for machines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orphancleanup.model import Ref, Resource


class Related(Protocol):
    """A relation of one resource to another."""

    @property
    def relation(self) -> str:
        """What the one is to the other: ``depends on``, ``is a part of``."""

    @property
    def ref(self) -> Ref:
        """The other one."""

    @property
    def name(self) -> str:
        """Its name; empty when it has none or is not known."""

    @property
    def standing(self) -> str:
        """What is known of it: whether it goes, stays or no longer exists."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What keeps a resource from going, or would take it along."""

    relation: str
    ref: Ref
    name: str
    standing: str


def of_holders(
    resource: Resource,
    holders: Iterable[Resource],
    ends: Mapping[Ref, str] | None = None,
    projects: Mapping[Ref, str] | None = None,
) -> tuple[Holder, ...]:
    """Return the relations to what keeps a resource from going, and to the owners that would take it along.

    :param ends: of each, whether it is in the plan or stays.
    :param projects: of each, one line about its project.
    """
    return tuple(
        Holder(
            _relation(resource, other), other.ref, other.name, _standing(other, ends or {}, projects or {})
        )
        for other in holders
    )


def _standing(other: Resource, ends: Mapping[Ref, str], projects: Mapping[Ref, str]) -> str:
    """Return what is known of a holder: its status, whether it goes, and whose it is."""
    project = projects.get(other.ref, '')
    told = (
        f'status {other.status}' if other.status else '',
        ends.get(other.ref, ''),
        project and f'project {project}',
    )
    return '; '.join(filter(None, told))


def _relation(resource: Resource, other: Resource) -> str:
    if other.ref in resource.owners or resource.ref in other.holds:
        return 'is a part of'
    return 'has to wait for'


def record(related: Related) -> dict[str, str]:
    """Return a relation as plain JSON values."""
    return {
        'relation': related.relation,
        'ref': str(related.ref),
        'name': related.name,
        'standing': related.standing,
    }


def line(told: Mapping[str, Any]) -> str:
    """Return one line for a record of a relation."""
    name = f' ({told["name"]})' if told['name'] else ''
    standing = f': {told["standing"]}' if told['standing'] else ''
    return f'{told["relation"]} {told["ref"]}{name}{standing}'
