"""What follows from each relation between two resources: one row a relation, for every state of the other end. Pure.

:mod:`orphancleanup.judging.links` and :mod:`orphancleanup.judging.classify` follow this table, the documentation shows
it, and a test is made from it. What was not read, and what is of a kind that nobody knows, always keeps.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from orphancleanup.judging.verdict import Guard
from orphancleanup.model import Inventory, Ref, Resource


class End(enum.StrEnum):
    """What is known of the other end of a relation."""

    GOES = 'in the plan'
    STAYS = 'stays'
    GONE = 'positively gone'
    UNREAD = 'not read'
    UNKNOWN = 'of a kind that nobody read'


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows for one resource.

    :param words: what the documentation says.
    :param guard: the code of the guard that keeps it; empty when it may go.
    :param text: the guard's sentence, in which ``{}`` stands for the other end.
    """

    words: str
    guard: str = ''
    text: str = ''

    def keeping(self, other: str) -> Guard:
        """Return the guard, with the name of the other end in its sentence."""
        return Guard(self.guard, self.text.format(other))


@dataclass(frozen=True, slots=True)
class Relation:
    """One row.

    :param field: the field of :class:`orphancleanup.model.Resource` that names the other ends; empty when it is the
        other ends that name the resource: as their project.
    :param words: what the resource says of the other end.
    :param back: what the other end says of the resource.
    :param of_other: what is said of the other end in sentences about one of which nothing is known.
    :param code: the guard for an other end that was not read.
    :param goes: what follows for the resource when the other end is in the plan; so ``stays`` and ``gone``.
    :param if_goes: what follows for the other end when the resource goes; so ``if_stays``.
    """

    field: str
    words: str
    back: str
    of_other: str
    code: str
    goes: Effect
    stays: Effect
    gone: Effect
    if_goes: Effect
    if_stays: Effect

    def ends(self, resource: Resource, inventory: Inventory) -> tuple[Ref, ...]:
        """Return the other ends of this relation of a resource, itself left out."""
        named = self.named(resource) if self.field else inventory.contents(resource.ref)
        return tuple(ref for ref in named if ref != resource.ref) if named else ()

    def named(self, resource: Resource) -> tuple[Ref, ...]:
        """Return what a resource itself names by this relation."""
        found: tuple[Ref, ...] = getattr(resource, self.field) if self.field else ()
        return found

    def effect(self, end: End) -> Effect:
        """Return what follows for the resource."""
        if end is End.UNREAD:
            return Effect(
                'is kept', self.code, f'whether {{}}, {self.of_other}, still exists could not be read'
            )
        if end is End.UNKNOWN:
            return Effect(
                'is kept',
                'unknown-kind',
                f'{{}}, {self.of_other}, is of a kind that no installed handler knows',
            )
        return {End.GOES: self.goes, End.STAYS: self.stays, End.GONE: self.gone}[end]


FREE = Effect('may go')
FIRST = Effect('goes first')
WAITS = Effect('waits for it')
ALONG = Effect('goes along with it')
TAKES = Effect('takes it along')
ORPHAN = Effect('is an orphan')

OWNED = Effect('is kept', 'owned', 'it is a part of {}, which stays')
HOLDS = Effect('is kept', 'holds-kept', 'it holds {}, which stays')
IN_USE = Effect('is kept', 'in-use', '{} needs it and stays')
INSIDE = Effect('is kept', 'in-use', '{} is in it and stays')
ALTERS = Effect(
    'is kept until named',
    'alters-kept',
    'removing it would change {}, which stays; name it (--resource) to remove it all the same',
)

#: of a resource that is a project; see ``Handler.contains_projects``
CONTAINS = Relation(
    *('', 'contains', 'is in', 'which may be in it', 'contents-unknown'),
    *(WAITS, INSIDE, FREE),
    *(FIRST, FREE),
)

RELATIONS = (
    Relation(
        *('parents', 'depends on', 'is depended on by', 'on which it depends', 'parent-unknown'),
        *(FIRST, FREE, ORPHAN),
        *(WAITS, IN_USE),
    ),
    Relation(
        *('blockers', 'is needed by', 'needs', 'which needs it', 'in-use-unknown'),
        *(WAITS, IN_USE, FREE),
        *(FIRST, FREE),
    ),
    Relation(
        *('owners', 'is a part of', 'owns', 'of which it is a part', 'owner-unknown'),
        *(ALONG, OWNED, FREE),
        *(TAKES, HOLDS),
    ),
    Relation(
        *('goes_with', 'goes with', 'takes along', 'which takes it along', 'owner-unknown'),
        *(ALONG, FREE, FREE),
        *(TAKES, HOLDS),
    ),
    Relation(
        *('holds', 'owns', 'is a part of', 'which it holds', 'parts-unknown'),
        *(TAKES, HOLDS, FREE),
        *(ALONG, OWNED),
    ),
    Relation(
        *('retains', 'leaves behind', 'is left behind by', 'which it leaves behind', 'parts-unknown'),
        *(FIRST, FREE, FREE),
        *(WAITS, IN_USE),
    ),
    Relation(
        *('alters', 'changes', 'is changed by', 'which its removal changes', 'alters-unknown'),
        *(FREE, ALTERS, FREE),
        *(FREE, FREE),
    ),
    CONTAINS,
)


@dataclass(frozen=True, slots=True)
class Related:
    """How a resource hangs together with another one.

    :param words: what the resource is to the other: ``depends on``, ``is needed by``, ``contains``, ``is in``.
    :param ref: the other.
    :param name: of the other; empty when it has none, or is not known.
    :param end: whether the other is in the plan, stays, is gone, or is not known.
    """

    words: str
    ref: Ref
    name: str
    end: End


def end_of(ref: Ref, inventory: Inventory) -> End | None:
    """Return what is known of something that is not in the inventory; None when it is there."""
    if ref in inventory.resources:
        return None
    if ref in inventory.uncertain or ref.kind in inventory.incomplete:
        return End.UNREAD
    return End.GONE if inventory.is_gone(ref) else End.UNKNOWN


def missing_ends(resource: Resource, inventory: Inventory) -> Iterator[tuple[Relation, Ref, End]]:
    """Yield everything that a resource names and that is not in the inventory."""
    for relation in RELATIONS:
        for ref in relation.named(resource):
            end = end_of(ref, inventory)
            if end:
                yield relation, ref, end


def table() -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table in the documentation, its heading first."""
    yield (
        'relation',
        *(f'other end {end}' for end in End),
        'for the other end, when it goes',
        'when it stays',
    )
    for relation in RELATIONS:
        effects = (*(relation.effect(end) for end in End), relation.if_goes, relation.if_stays)
        field = f'``{relation.field}``' if relation.field else '``project_id`` of the other end'
        yield (f'{relation.words} ({field})', *(_cell(effect) for effect in effects))


def _cell(effect: Effect) -> str:
    return f'{effect.words} (``{effect.guard}``)' if effect.guard else effect.words
