"""What was asked for and comes to nothing, in lines for people, who may take it for done, or for kept, else. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping

from orphancleanup.judging.reasons import CODES
from orphancleanup.judging.selection import Recorded, Request
from orphancleanup.model import Inventory


def lines(request: Request, inventory: Inventory, selected_by: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield a line for each such thing.

    :param selected_by: kind to the codes of the reasons that may select it; see ``Registry.selected_by``.
    """
    for ref in sorted(request.selection.refs):
        if inventory.is_gone(ref):
            yield f'{ref} does not exist.'
    for each in request.protection.patterns:
        is_read = each.kind == '*' or inventory.is_read(each.kind)
        if is_read and not any(map(each.matches, inventory)):
            yield f'--keep {each.kind}:{each.pattern} matches nothing, so nothing is kept by it.'
    if request.selection.recorded:
        yield from _recorded(request.selection.recorded, inventory, selected_by)


def _recorded(
    recorded: Recorded, inventory: Inventory, selected_by: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """Yield what of the resource list of tempest is left alone, whatever it is."""
    never = Counter(
        each.kind
        for each in inventory
        if recorded.has(each) and 'named' not in selected_by.get(each.kind, CODES)
    )
    for numbers, why in (
        (recorded.unknown, 'of types that no kind is known for'),
        (never, 'of kinds that never go by name'),
    ):
        if numbers:
            named = ', '.join(f'{name} {number}' for name, number in sorted(numbers.items()))
            yield f'In the resource list, but {why}, so left alone: {named}.'
