"""Outcomes as rows: what became of each entry of a plan, why, and what can be done next."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.judging.attribution import Attribution
from orphancleanup.judging.plan import Entry, Plan
from orphancleanup.model import Evidence
from orphancleanup.outcome import Outcome, Result
from orphancleanup.report import causes, tests
from orphancleanup.report.projects import project_name, project_state, told_apart
from orphancleanup.report.verdicts import Row, coded, optional_step_record, other_records, step_needs

COLUMNS = ('Kind', 'ID', 'Name', 'Project', 'Result', 'Why')
#: what a table tells once for all rows that agree in it
HEADINGS = ('Project', 'Result', 'Why')
FIELDS = (
    'kind',
    'id',
    'name',
    'project_id',
    'project',
    'project_state',
    'status',
    'created_at',
    'updated_at',
    'reasons',
    'result',
    'text',
    'owners',
    'others',
    'alters',
    'steps',
    'attempts',
    'blockers',
    'next_step',
    'evidence',
    'test',
)


def rows(told: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows of the table for records, which may come from a report of long ago. None of them is kept."""
    found = [(each['project_id'], _row(each)) for each in told]
    named = told_apart({project: row[3] for project, row in found})
    return [
        row if row[3] == named[project] else (*row[:3], named[project], *row[4:]) for project, row in found
    ]


def _row(told: Mapping[str, Any]) -> Row:
    return (
        told['kind'],
        told['id'],
        told['name'],
        told['project'],
        Result(told['result']),
        [
            *_why(told['text'], told['evidence']),
            *_blockers(told),
            *_tried(told),
            *_next_step(told['next_step']),
        ],
    )


def _blockers(told: Mapping[str, Any]) -> list[str]:
    """Return what stands in the way, unless that was said already."""
    return [
        f'in its way: {causes.blocker_line(each)}'
        for each in told['blockers']
        if each['ref'] not in told['text']
    ]


def _tried(told: Mapping[str, Any]) -> list[str]:
    """Return the steps, unless the first one did it."""
    if told['result'] == Result.REMOVED and len(told['steps']) < 2:
        return []
    runs = [(name, len(list(same))) for name, same in itertools.groupby(told['steps'])]
    names = [name if number == 1 else f'{name} ({number} times)' for name, number in runs]
    return [f'tried: {", ".join(names)}'] if names else []


def _why(text: str, evidence: Sequence[Mapping[str, str]]) -> list[str]:
    """Return what explains the result, each sentence once: a step that was tried twice fails with the same words."""
    first = {each['text']: each for each in reversed(evidence)}
    request_id = first.pop(text, {}).get('request_id')
    own = [f'{text} ({request_id})' if request_id else text] if text else []
    return own + [evidence_text(first[each['text']]) for each in evidence if first.get(each['text']) is each]


def evidence_text(told: Mapping[str, str]) -> str:
    """Return one line of evidence."""
    request = f' ({told["request_id"]})' if told['request_id'] else ''
    return f'{told["source"]}: {told["text"]}{request}'


def _next_step(told: Mapping[str, str] | None) -> list[str]:
    """Return what would be tried next, and what allows it."""
    if told is None:
        return []
    needs = step_needs(told)
    return [f'next: {told["name"]} ({needs})' if needs else f'next: {told["name"]}']


def records(
    outcomes: Iterable[Outcome], plan: Plan, attribution: Attribution | None = None
) -> Iterator[dict[str, Any]]:
    """Yield everything about the outcomes of a plan as plain JSON values, under the names of ``FIELDS``.

    :param attribution: which test left what; None when no results of tests were given.
    """
    entries = {entry.ref: entry for entry in plan.entries}
    found = attribution.by_ref if attribution else {}
    for outcome in outcomes:
        yield {**_record(outcome, entries[outcome.ref], plan), 'test': tests.record(found.get(outcome.ref))}


def _record(outcome: Outcome, entry: Entry, plan: Plan) -> dict[str, Any]:
    seen = outcome.seen or entry.resource
    return {
        'kind': outcome.ref.kind,
        'id': outcome.ref.id,
        'name': outcome.name,
        'project_id': outcome.project_id,
        'project': project_name(outcome.project_id, plan.projects),
        'project_state': project_state(outcome.project_id, plan.projects),
        'status': seen.status,
        'created_at': seen.created_at.isoformat() if seen.created_at else None,
        'updated_at': seen.updated_at.isoformat() if seen.updated_at else None,
        'reasons': [coded(reason) for reason in entry.reasons],
        'result': str(outcome.result),
        'text': outcome.text,
        'owners': [str(owner) for owner in entry.owners],
        'others': other_records(entry.resource),
        'alters': [str(ref) for ref in entry.resource.alters],
        'steps': list(outcome.steps),
        'attempts': [causes.attempt_record(each) for each in outcome.attempts],
        'blockers': [causes.blocker_record(each, plan.projects) for each in outcome.blockers],
        'next_step': optional_step_record(outcome.next_step),
        'evidence': [evidence_record(each) for each in outcome.evidence],
    }


def evidence_record(evidence: Evidence) -> dict[str, str]:
    """Return a piece of evidence as plain JSON values."""
    return {'source': evidence.source, 'text': evidence.text, 'request_id': evidence.request_id}
