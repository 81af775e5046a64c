"""The few lines that people read first: how many, of what, whose, and what could not be read."""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from orphancleanup.judging.plan import Plan
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Inventory, Ref, Resource, Unread
from orphancleanup.outcome import Outcome, Result
from orphancleanup.report.projects import names, shown_name
from orphancleanup.report.verdicts import counted, gib, step_needs, step_record
from orphancleanup.sentences import sentence

# What differs when the same is asked twice.
_REQUEST = re.compile(r' \(req-[^)]*\)')
#: projects that are named; the others are counted
SHOWN_PROJECTS = 10
#: kinds that were not looked for and are named one by one
FEW = 4


def count(number: int, noun: str) -> str:
    """Return ``1 volume``, ``2 volumes``."""
    return f'{number} {noun}{"" if number == 1 else "s"}'


def of_review(verdicts: Sequence[Verdict], inventory: Inventory, plan: Plan) -> list[str]:
    """Return the lines that sum up a review."""
    decisions = Counter(verdict.decision for verdict in verdicts)
    guarded = sum(1 for verdict in verdicts if verdict.reasons and verdict.guards)
    lines = [
        f'{count(len(verdicts), "resource")} seen: {decisions[Decision.REMOVE]} to remove, '
        f'{decisions[Decision.HELD]} to remove with their owner, {decisions[Decision.KEEP]} to keep'
        + (f' ({guarded} of these selected, but protected).' if guarded else '.')
    ]
    lines += of_plan(plan) + _of_not_covered(verdicts)
    return lines + of_work(plan) + of_absent(inventory.absent)


def _of_not_covered(verdicts: Iterable[Verdict]) -> list[str]:
    kinds = Counter(
        verdict.resource.kind
        for verdict in verdicts
        if any(guard.code == 'not-covered' for guard in verdict.guards)
    )
    return [f'Not covered by the saved state, so kept: {kind} {number}.' for kind, number in kinds.items()]


def of_plan(plan: Plan) -> list[str]:
    """Return the lines that tell what a plan removes, by kind, and for each project by kind."""
    if not plan.entries:
        return []
    kinds = Counter(entry.ref.kind for entry in plan.entries)
    projects: dict[str, Counter[str]] = {}
    named = names(plan.projects)
    for entry in plan.entries:
        name = shown_name(entry.resource.project_id, named)
        projects.setdefault(name, Counter())[entry.ref.kind] += 1
    if len(projects) == 1:
        lines = [f'To remove from {_named(*projects)}: {_numbers(kinds)}.']
    else:
        lines = [f'To remove: {_numbers(kinds)}.']
        lines += [f'  from {_named(name)}: {_numbers(found)}.' for name, found in _largest(projects)]
    if len(projects) > SHOWN_PROJECTS:
        lines.append(f'  from {count(len(projects) - SHOWN_PROJECTS, "more project")}: the rest.')
    freed = [entry.resource.capacity for entry in plan.entries if entry.resource.capacity is not None]
    if freed:
        lines.append(f'Of {len(freed)} of these the capacity is known: {gib(sum(freed))}.')
    others = counted(part.resource_type for entry in plan.entries for part in entry.resource.others)
    if others:
        lines.append(f'Removed with these, of types that no handler knows: {", ".join(others)}.')
    return lines


def _largest(projects: Mapping[str, Counter[str]]) -> list[tuple[str, Counter[str]]]:
    return sorted(projects.items(), key=lambda each: (-each[1].total(), each[0]))[:SHOWN_PROJECTS]


def _named(project: str) -> str:
    return f'project {project}' if project else 'no project'


def _numbers(kinds: Counter[str]) -> str:
    """Return how many there are in all, and of each kind."""
    return f'{kinds.total()} ({", ".join(f"{kind} {number}" for kind, number in kinds.items())})'


def of_work(plan: Plan) -> list[str]:
    """Return a line for each thing that is work left although it is not in the plan."""
    needed = [f'Needs a person: {each.ref}: {sentence(each.why)}' for each in plan.unresolved]
    return needed + of_unread(plan.unread)


def of_vanished(vanished: Iterable[Ref]) -> list[str]:
    """Return a line about what the saved state has and the cloud has no more."""
    kinds = Counter(ref.kind for ref in vanished)
    if not kinds:
        return []
    return [
        f'Gone since the saved state: {_numbers(kinds)}. No clean-up brings it back; "orphancleanup saved-state diff" '
        f'lists it.'
    ]


def of_changed(changed: Iterable[Ref]) -> list[str]:
    """Return a line about what the saved state has and is set otherwise now."""
    kinds = Counter(ref.kind for ref in changed)
    if not kinds:
        return []
    return [
        f'Set otherwise than in the saved state: {_numbers(kinds)}. No clean-up sets it back; "orphancleanup '
        f'saved-state diff" tells what it was.'
    ]


def of_breaches(breaches: Iterable[str]) -> list[str]:
    """Return a line for each limit that a plan breaks."""
    return [f'Limit: {sentence(breach)}' for breach in breaches]


def of_unread(unread: Iterable[Unread]) -> list[str]:
    """Return a line for each scope that could not be read; what failed twice with the same words is told once."""
    lines = {
        (each.scope, _REQUEST.sub('', each.why)): f'Could not be read: {each.scope}: {sentence(each.why)} '
        f'Nothing in it is touched.'
        for each in unread
    }
    return list(lines.values())


def of_absent(absent: Mapping[str, str]) -> list[str]:
    """Return a line for each reason why kinds were not looked for."""
    kinds_of: dict[str, list[str]] = {}
    for kind, reason in absent.items():
        kinds_of.setdefault(reason, []).append(kind)
    return [f'Not looked for: {_listed(kinds)}: {sentence(reason)}' for reason, kinds in kinds_of.items()]


def _listed(kinds: Sequence[str]) -> str:
    """Return kinds in words; of many the first few, and how many more."""
    if len(kinds) <= FEW:
        return ', '.join(kinds)
    return f'{", ".join(kinds[: FEW - 1])} and {len(kinds) - FEW + 1} more kinds'


def of_outcomes(
    outcomes: Sequence[Outcome],
    duration: datetime.timedelta,
    requests: Mapping[str, int],
    is_interrupted: bool = False,
) -> list[str]:
    """Return the lines that sum up an apply.

    :param requests: ``"<service type> <METHOD>"`` to the number of requests of the run.
    :param is_interrupted: whether Ctrl-C ended it: then what is left tells nothing of a cause.
    """
    results = Counter(outcome.result for outcome in outcomes)
    parts = [
        f'{number} {_words(result, number)}'
        for result in Result
        if (number := results[result]) or result is Result.REMOVED
    ]
    lines = [
        f'Of {count(len(outcomes), "resource")}: {", ".join(parts)}, in {duration.total_seconds():.1f} s.'
    ]
    total = sum(requests.values())
    if total:
        per_item = (
            f', {total / results[Result.REMOVED]:.1f} per removed resource' if results[Result.REMOVED] else ''
        )
        lines.append(f'{count(total, "request")}{per_item}.')
    return lines + _next_steps(outcomes) + ([] if is_interrupted else _advice(outcomes))


def of_left_behind(found: Iterable[Resource]) -> list[str]:
    """Return a line for each kind that has stayed behind, with who is to remove it."""
    kinds: dict[str, list[Resource]] = {}
    for each in found:
        kinds.setdefault(each.kind, []).append(each)
    return [_of_kind_left(kind, resources) for kind, resources in kinds.items()]


def _of_kind_left(kind: str, found: Sequence[Resource]) -> str:
    named = ', '.join(each.id for each in found[:FEW])
    more = f' and {len(found) - FEW} more' if len(found) > FEW else ''
    why = sentence(found[0].protection or found[0].unused)
    return f'Left behind: {kind} {len(found)} ({named}{more})' + (f': {why}' if why else '.')


def _words(result: Result, number: int) -> str:
    words = str(result).replace('-', ' ')
    return words if number == 1 else words.replace(' it ', ' they ')


def _advice(outcomes: Iterable[Outcome]) -> list[str]:
    """Return what to do about what no step could remove."""
    number = sum(1 for outcome in outcomes if outcome.result is Result.LEFT and not outcome.next_step)
    if not number:
        return []
    return [
        f'{count(number, "resource")} could not be removed: fix the cause (it is told above; '
        f'"orphancleanup explain KIND:ID" tells more) and run again.'
    ]


def _next_steps(outcomes: Iterable[Outcome]) -> list[str]:
    """Return what would be tried with what was not given."""
    steps = Counter(
        (step_needs(step_record(outcome.next_step)), outcome.next_step.name)
        for outcome in outcomes
        if outcome.next_step and outcome.next_step.option
    )
    return [
        f'With {needs}, "{name}" would be tried next on {count(number, "resource")}.'
        for (needs, name), number in sorted(steps.items())
    ]
