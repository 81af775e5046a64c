"""The report: one JSON document about a run, for machines (``--report-file``).

Its schema is ``schema.json`` beside this module, version 4::

    format        "orphancleanup report"
    version       4; readers refuse another
    tool_version  the orphancleanup that wrote it
    created_at    when, ISO 8601, UTC
    mode          "dry-run", "apply" or "resume"
    exit_code     what the command ended with
    cloud         auth_url, region, user_id, project_id, fingerprint
    plan_digest   tells the plan from every other
    breaches      a sentence for each limit that the plan breaks: then nothing was applied
    unread        scopes that could not be read, and why: nothing in them was touched
    unresolved    what is selected, stays and needs a person, and why
    absent        kinds that were not looked for, and why
    vanished      what the saved state has and the cloud has no more
    changed       what the saved state has and is set otherwise now
    verdicts      every resource seen, with reasons, guards, next step and test; null when a kept plan was applied
    outcomes      what became of each entry of the plan; null when nothing was applied
    tests         which test left what, those that failed or were killed first; null without results of tests
    run           id, started, ended, seconds, interrupted, requests, requests_per_removed, warnings, left_behind (what
                  something else is to remove, and had not); null as outcomes
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orphancleanup.judging.attribution import Attribution
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import PROJECTS, Inventory, Ref, Unread
from orphancleanup.outcome import Result
from orphancleanup.report import outcomes as outcome_rows
from orphancleanup.report import tests as test_rows
from orphancleanup.report import verdicts as verdict_rows
from orphancleanup.results import Applied
from orphancleanup.storing import plan_file
from orphancleanup.storing.documents import Rows

FORMAT = 'orphancleanup report'
VERSION = 4


@dataclass(frozen=True, slots=True)
class Heading:
    """What a report says of itself.

    :param mode: ``dry-run``, ``apply`` or ``resume``.
    :param created_at: aware, UTC.
    """

    mode: str
    tool_version: str
    created_at: datetime.datetime
    exit_code: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a review came to.

    :param vanished: what the saved state has and the cloud has no more.
    :param changed: what the saved state has and is set otherwise now.
    """

    inventory: Inventory
    verdicts: Sequence[Verdict]
    ladder: verdict_rows.Ladder
    vanished: Sequence[Ref] = ()
    changed: Sequence[Ref] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """All that a report tells.

    :param judged: None when a kept plan was applied, or a run resumed: nothing was judged then.
    :param done: None when nothing was applied.
    :param tests: None when no results of a test run were given.
    """

    plan: Plan
    breaches: Sequence[str] = ()
    judged: Judged | None = None
    done: Applied | None = None
    tests: Attribution | None = None


def document(heading: Heading, account: Account) -> dict[str, Any]:
    """Return the report as plain JSON values."""
    found = rows(heading, account)
    return {name: list(value.make()) if isinstance(value, Rows) else value for name, value in found.items()}


def rows(heading: Heading, account: Account) -> dict[str, Any]:
    """Return the report with its verdicts and outcomes as rows that are made while it is written."""
    plan, judged, done = account.plan, account.judged, account.done
    return {
        'format': FORMAT,
        'version': VERSION,
        'tool_version': heading.tool_version,
        'created_at': heading.created_at.isoformat(),
        'mode': heading.mode,
        'exit_code': heading.exit_code,
        'cloud': asdict(plan.cloud),
        'plan_digest': done.digest if done and done.digest else plan_file.digest(plan),
        'breaches': list(account.breaches),
        'unread': [_unread(each) for each in plan.unread],
        'unresolved': [{'ref': str(each.ref), 'why': each.why} for each in plan.unresolved],
        'absent': dict(judged.inventory.absent) if judged else {},
        'vanished': [str(ref) for ref in judged.vanished] if judged else [],
        'changed': [str(ref) for ref in judged.changed] if judged else [],
        'verdicts': Rows(lambda: verdicts(judged, account.tests)) if judged else None,
        'outcomes': Rows(lambda: outcome_rows.records(done.outcomes, plan, account.tests)) if done else None,
        'tests': test_rows.document(account.tests),
        'run': _run(done) if done else None,
    }


def verdicts(judged: Judged, attribution: Attribution | None) -> Iterator[dict[str, Any]]:
    """Yield the records of all verdicts, with the tests that left what they are about."""
    found = attribution.by_ref if attribution else {}
    for each in judged.verdicts:
        test = test_rows.record(found.get(each.resource.ref))
        yield verdict_rows.record(each, judged.inventory, judged.ladder, test)


def _unread(unread: Unread) -> dict[str, Any]:
    scope = unread.scope
    owner = str(scope.owner) if scope.owner else None
    kind = 'project' if scope.kind == PROJECTS else scope.kind
    return {'kind': kind, 'project_id': scope.project_id, 'owner': owner, 'why': unread.why}


def _run(done: Applied) -> dict[str, Any]:
    removed = sum(1 for outcome in done.outcomes if outcome.result is Result.REMOVED)
    return {
        'id': done.run_id,
        'started': done.started.isoformat(),
        'ended': done.ended.isoformat(),
        'seconds': (done.ended - done.started).total_seconds(),
        'interrupted': done.interrupted,
        'requests': dict(done.requests),
        'requests_per_removed': sum(done.requests.values()) / removed if removed else None,
        'warnings': list(done.warnings),
        'left_behind': [
            {'ref': str(each.ref), 'name': each.name, 'why': each.unused or each.protection}
            for each in done.left_behind
        ],
    }
