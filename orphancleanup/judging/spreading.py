"""How what stays keeps what hangs together with it: from link to link, each followed once. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orphancleanup.judging.links import Links
from orphancleanup.judging.relations import ALTERS, HOLDS, IN_USE, OWNED, Effect
from orphancleanup.judging.verdict import Guard, Reason
from orphancleanup.model import Ref, Resource

# Of several causes the first of these tells people most.
_RANK = {effect.guard: rank for rank, effect in enumerate((OWNED, HOLDS, IN_USE, ALTERS))}

Cause = tuple[Effect, Ref]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of every resource while guards spread along the links.

    :param named: what ``--resource`` names: it goes even if that changes something that stays.
    :param reasons: what speaks for the removal of each by itself.
    :param guards: what keeps each.
    :param selected: what goes, as far as is known by now.
    """

    resources: Mapping[Ref, Resource]
    links: Links
    named: frozenset[Ref]
    reasons: dict[Ref, tuple[Reason, ...]]
    guards: dict[Ref, list[Guard]]
    selected: set[Ref]

    def say(self, ref: Ref) -> str:
        """Return the name of a resource for a sentence."""
        name = self.resources[ref].name
        return f'{ref} ({name})' if name else str(ref)

    def owners_of(self, ref: Ref) -> frozenset[Ref]:
        """Return the owners in the selection that take a resource along."""
        return self.links.owners.get(ref, frozenset()) & self.selected


def spread(ledger: Ledger, staying: Iterable[Ref]) -> None:
    """Take out of the selection what must stay because something else does.

    Wave by wave, so that each sentence names what stays for a reason of its own, or by an earlier wave.

    :param staying: what is not selected.
    """
    wave = list(staying)
    while wave:
        causes = _causes(ledger, wave)
        ledger.selected.difference_update(causes)
        for ref, (effect, cause) in causes.items():
            if effect is not OWNED or not _is_left(ledger, ref):
                ledger.guards[ref].append(effect.keeping(ledger.say(cause)))
        left = _parts_left(ledger, wave)
        ledger.selected.difference_update(left)
        wave = [*causes, *left]


def _causes(ledger: Ledger, wave: Iterable[Ref]) -> dict[Ref, Cause]:
    """Return what a wave keeps, each with the cause that tells most."""
    found: dict[Ref, Cause] = {}
    for cause in wave:
        for (ref, _), effect in ledger.links.keeps.get(cause, {}).items():
            if ref not in ledger.selected or (effect is ALTERS and ref in ledger.named):
                continue
            if ref not in found or _rank(ledger, (effect, cause)) < _rank(ledger, found[ref]):
                found[ref] = effect, cause
    return found


def _rank(ledger: Ledger, cause: Cause) -> tuple[int, bool, Ref]:
    # A server tells people more than the attachment that is a part of it.
    effect, ref = cause
    return _RANK[effect.guard], ref in ledger.links.owners, ref


def _parts_left(ledger: Ledger, wave: Iterable[Ref]) -> frozenset[Ref]:
    """Return the parts of what stays that are selected by nothing but owners, of which none goes."""
    parts = (part for owner in wave for part in ledger.links.parts.get(owner, ()))
    return frozenset(part for part in parts if part in ledger.selected and _is_left(ledger, part))


def _is_left(ledger: Ledger, ref: Ref) -> bool:
    """Whether a part goes no more only because none of its owners does: nothing else ever spoke for it."""
    return not ledger.reasons[ref] and not ledger.owners_of(ref)
