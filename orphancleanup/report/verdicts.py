"""Verdicts as rows: a short table for people, everything for machines."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

from orphancleanup.judging.plan import Plan
from orphancleanup.judging.verdict import Decision, Guard, Reason, Verdict
from orphancleanup.ladder import Step
from orphancleanup.model import Inventory, Ref, Resource
from orphancleanup.outcome import NextStep
from orphancleanup.report.projects import names, project_name, shown_name
from orphancleanup.sentences import clause

COLUMNS = ('Kind', 'ID', 'Name', 'Project', 'Decision', 'Why')
#: what a table tells once for all rows that agree in it
HEADINGS = ('Project', 'Decision', 'Why')
FIELDS = (
    'kind',
    'id',
    'name',
    'project_id',
    'project',
    'status',
    'created_at',
    'updated_at',
    'decision',
    'reasons',
    'guards',
    'owners',
    'others',
    'alters',
    'capacity_gib',
    'next_step',
    'test',
)

Row = tuple[Any, ...]
#: kind's ladder for a resource, gentlest first
Ladder = Callable[[Resource], Sequence[Step]]

_PLACES = {Decision.REMOVE: 0, Decision.HELD: 1, Decision.KEEP: 2}


def rows(verdicts: Iterable[Verdict], inventory: Inventory, is_all: bool = False) -> list[Row]:
    """Return the rows of the table, those that go first.

    :param is_all: whether what nothing selects is shown too; what is selected and kept all the same always is.
    """
    verdicts = list(verdicts)
    going = {verdict.resource.ref for verdict in verdicts if verdict.decision is not Decision.KEEP}
    shown = [verdict for verdict in verdicts if is_all or verdict.reasons]
    shown.sort(key=lambda one: _PLACES[one.decision])
    named = names(inventory.projects)
    projects = [shown_name(each.resource.project_id, named, inventory.known_projects) for each in shown]
    return [_row(verdict, project, going) for verdict, project in zip(shown, projects, strict=True)]


def _row(verdict: Verdict, project: str, going: Container[Ref]) -> Row:
    resource = verdict.resource
    return (resource.kind, resource.id, resource.name, project, verdict.decision, why(verdict, going))


def why(verdict: Verdict, going: Container[Ref] = frozenset()) -> str:
    """Return the sentence that explains a verdict; with the status and the capacity of what has one.

    :param going: what goes, too.
    """
    told = size(verdict.resource)
    return f'{_why(verdict, going)} [{told}]' if told else _why(verdict, going)


def size(resource: Resource) -> str:
    """Return the status of a resource with its capacity (``left over (C), 40 GiB``); empty when that is not told."""
    if resource.capacity is None:
        return ''
    return ', '.join(filter(None, (resource.status, gib(resource.capacity))))


def gib(number: float) -> str:
    """Return a capacity in words."""
    return f'{number:,.2f}'.rstrip('0').rstrip('.') + ' GiB'


def _why(verdict: Verdict, going: Container[Ref]) -> str:
    reasons = _reasons(verdict.reasons, verdict.owner)
    guards = '; '.join(clause(guard.text) for guard in verdict.guards)
    if guards and reasons:
        return f'{guards} (otherwise: {reasons})'
    if reasons and not guards:
        return '; '.join([reasons, *beyond(verdict.resource, going)])
    return guards or 'not selected'


def _reasons(reasons: Sequence[Reason], owner: Ref | None) -> str:
    """Return why something goes; of what goes with its owner, that is enough to know."""
    return '; '.join(clause(reason.text) for reason in reasons if not owner or reason.code == 'part-of')


def beyond(resource: Resource, going: Container[Ref] = frozenset()) -> list[str]:
    """Return what the removal of a resource does besides, in words.

    :param going: what goes by itself, too.
    """
    others = counted(part.resource_type for part in resource.others)
    told = [f'this also removes, of types that no handler knows: {", ".join(others)}'] if others else []
    altered = [str(ref) for ref in resource.alters if ref not in going]
    return [*told, f'this changes what stays: {", ".join(altered)}'] if altered else told


def counted(types: Iterable[str]) -> list[str]:
    """Return how many there are of each, the most frequent first (``3 OS::Trove::Instance``)."""
    return [f'{number} {name}' for name, number in Counter(types).most_common()]


def other_records(resource: Resource) -> list[dict[str, str]]:
    """Return the parts of a resource that no handler knows, as plain JSON values."""
    return [{'resource_type': part.resource_type, 'id': part.id} for part in resource.others]


def plan_rows(plan: Plan) -> list[Row]:
    """Return the table of a plan's entries, in its order."""
    going, named = {entry.ref for entry in plan.entries}, names(plan.projects)
    return [
        (
            entry.ref.kind,
            entry.ref.id,
            entry.resource.name,
            shown_name(entry.resource.project_id, named),
            Decision.HELD if entry.owner else Decision.REMOVE,
            '; '.join([_reasons(entry.reasons, entry.owner), *beyond(entry.resource, going)])
            + (f' [{told}]' if (told := size(entry.resource)) else ''),
        )
        for entry in plan.entries
    ]


def record(
    verdict: Verdict, inventory: Inventory, ladder: Ladder, test: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return everything about a verdict as plain JSON values, under the names of ``FIELDS``.

    :param test: the test that left the resource, see :func:`orphancleanup.report.tests.record`.
    """
    resource = verdict.resource
    step = next_step(ladder(resource)) if verdict.decision is Decision.REMOVE else None
    return {
        'kind': resource.kind,
        'id': resource.id,
        'name': resource.name,
        'project_id': resource.project_id,
        'project': project_name(resource.project_id, inventory.projects, inventory.known_projects),
        'status': resource.status,
        'created_at': resource.created_at.isoformat() if resource.created_at else None,
        'updated_at': resource.updated_at.isoformat() if resource.updated_at else None,
        'decision': str(verdict.decision),
        'reasons': [coded(reason) for reason in verdict.reasons],
        'guards': [coded(guard) for guard in verdict.guards],
        'owners': [str(owner) for owner in verdict.owners],
        'others': other_records(resource),
        'alters': [str(ref) for ref in resource.alters],
        'capacity_gib': resource.capacity,
        'next_step': optional_step_record(step),
        'test': test,
    }


def coded(sentence: Reason | Guard) -> dict[str, str]:
    """Return a reason or a guard as plain JSON values."""
    return {'code': sentence.code, 'text': sentence.text}


def next_step(steps: Sequence[Step]) -> NextStep | None:
    """Return the first step of a ladder; None when there is none."""
    return NextStep(steps[0].name, steps[0].level) if steps else None


def optional_step_record(step: NextStep | None) -> dict[str, str] | None:
    """Return a next step as plain JSON values; None when there is none."""
    return step_record(step) if step else None


def step_record(step: NextStep) -> dict[str, str]:
    """Return a step as plain JSON values; ``setting`` is among them only when one is missing."""
    setting = {'setting': step.setting} if step.setting else {}
    return {'name': step.name, 'level': str(step.level), 'option': step.option, **setting}


def step_needs(told: Mapping[str, str]) -> str:
    """Return what a step takes that was not given, as people read it; empty for one that is allowed."""
    return ' and '.join(filter(None, (told['option'], told.get('setting'))))
