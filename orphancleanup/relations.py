"""What follows from each relation between two resources: one row a relation, for every state of the other end. Pure.

:mod:`orphancleanup.links` and :mod:`orphancleanup.classify` follow this table, the documentation shows it, and a test
is made from it. What was not read, and what is of a kind that nobody knows, always keeps.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from orphancleanup.model import Guard, Inventory, Ref, Resource


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

    :param field: the field of :class:`orphancleanup.model.Resource` that names the other ends.
    :param words: what the resource says of the other end.
    :param of_other: the same of the other end, for sentences about one of which nothing is known.
    :param code: the guard for an other end that was not read.
    :param goes: what follows for the resource when the other end is in the plan; so ``stays`` and ``gone``.
    :param if_goes: what follows for the other end when the resource goes; so ``if_stays``.
    """

    field: str
    words: str
    of_other: str
    code: str
    goes: Effect
    stays: Effect
    gone: Effect
    if_goes: Effect
    if_stays: Effect

    def ends(self, resource: Resource) -> tuple[Ref, ...]:
        """Return what a resource names by this relation, itself left out."""
        named: tuple[Ref, ...] = getattr(resource, self.field)
        return tuple(ref for ref in named if ref != resource.ref) if named else ()

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
ALTERS = Effect(
    'is kept until named',
    'alters-kept',
    'removing it would change {}, which stays; name it (--resource) to remove it all the same',
)

RELATIONS = (
    Relation(
        *('parents', 'depends on', 'on which it depends', 'parent-unknown'),
        *(FIRST, FREE, ORPHAN),
        *(WAITS, IN_USE),
    ),
    Relation(
        *('blockers', 'is needed by', 'which needs it', 'in-use-unknown'),
        *(WAITS, IN_USE, FREE),
        *(FIRST, FREE),
    ),
    Relation(
        *('owners', 'is a part of', 'of which it is a part', 'owner-unknown'),
        *(ALONG, OWNED, FREE),
        *(TAKES, HOLDS),
    ),
    Relation(
        *('holds', 'owns', 'which it holds', 'parts-unknown'),
        *(TAKES, HOLDS, FREE),
        *(ALONG, OWNED),
    ),
    Relation(
        *('retains', 'leaves behind', 'which it leaves behind', 'parts-unknown'),
        *(FIRST, FREE, FREE),
        *(WAITS, IN_USE),
    ),
    Relation(
        *('alters', 'changes', 'which its removal changes', 'alters-unknown'),
        *(FREE, ALTERS, FREE),
        *(FREE, FREE),
    ),
)


def end_of(ref: Ref, inventory: Inventory) -> End | None:
    """Return what is known of something that is not in the inventory; None when it is there."""
    if ref in inventory.resources:
        return None
    if ref in inventory.uncertain or ref.kind in inventory.incomplete:
        return End.UNREAD
    return End.GONE if inventory.is_read(ref.kind) else End.UNKNOWN


def missing_ends(resource: Resource, inventory: Inventory) -> Iterator[tuple[Relation, Ref, End]]:
    """Yield everything that a resource names and that is not in the inventory."""
    for relation in RELATIONS:
        for ref in relation.ends(resource):
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
        yield (f'{relation.words} (``{relation.field}``)', *(_cell(effect) for effect in effects))


def _cell(effect: Effect) -> str:
    return f'{effect.words} (``{effect.guard}``)' if effect.guard else effect.words
