"""Outcomes as rows: what became of each entry of a plan, why, and what can be done next."""

from collections.abc import Mapping
from typing import Any

from orphancleanup.model import Evidence, Tenant
from orphancleanup.outcome import NextStep, Outcome
from orphancleanup.report.tenants import tenant_name
from orphancleanup.report.verdicts import Row, step_record

COLUMNS = ('Kind', 'ID', 'Name', 'Tenant', 'Result', 'Steps', 'Why', 'Next step')
FIELDS = (
    'kind',
    'id',
    'name',
    'tenant_id',
    'tenant',
    'result',
    'text',
    'steps',
    'next_step',
    'evidence',
)


def row(outcome: Outcome, tenants: Mapping[str, Tenant]) -> Row:
    """Answer the row of the table."""
    return (
        outcome.ref.kind,
        outcome.ref.id,
        outcome.name,
        tenant_name(outcome.project_id, tenants),
        str(outcome.result),
        outcome.steps,
        (*([outcome.text] if outcome.text else []), *(evidence_text(each) for each in outcome.evidence)),
        next_step_text(outcome.next_step),
    )


def evidence_text(evidence: Evidence) -> str:
    """Answer one line of evidence."""
    request = f' ({evidence.request_id})' if evidence.request_id else ''
    return f'{evidence.source}: {evidence.text}{request}'


def next_step_text(step: NextStep | None) -> str:
    """Answer what would be tried next, and the option that allows it."""
    if step is None:
        return ''
    return f'{step.name} ({step.option})' if step.option else step.name


def record(outcome: Outcome, tenants: Mapping[str, Tenant]) -> dict[str, Any]:
    """Answer everything about an outcome as plain JSON values, under the names of ``FIELDS``."""
    return {
        'kind': outcome.ref.kind,
        'id': outcome.ref.id,
        'name': outcome.name,
        'tenant_id': outcome.project_id,
        'tenant': tenant_name(outcome.project_id, tenants),
        'result': str(outcome.result),
        'text': outcome.text,
        'steps': list(outcome.steps),
        'next_step': step_record(outcome.next_step),
        'evidence': [evidence_record(each) for each in outcome.evidence],
    }


def evidence_record(evidence: Evidence) -> dict[str, str]:
    """Answer a piece of evidence as plain JSON values."""
    return {'source': evidence.source, 'text': evidence.text, 'request_id': evidence.request_id}
