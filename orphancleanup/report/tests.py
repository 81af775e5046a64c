"""What each test has left behind, those that failed or were killed first: lines for people, values for machines."""

from collections.abc import Mapping, Sequence
from typing import Any

from orphancleanup.judging.attribution import Attribution, Match
from orphancleanup.judging.trials import Ending
from orphancleanup.report.summary import count
from orphancleanup.sentences import clause

#: tests that are shown with what they left; the others are counted
SHOWN_TESTS = 20
SHOWN_RESOURCES = 10


def groups(attribution: Attribution) -> list[tuple[Match, ...]]:
    """Return what each test has left, those that need a look first, then those that left most."""
    found: dict[tuple[str, Ending], list[Match]] = {}
    for match in attribution.matches:
        found.setdefault((match.test, match.ending), []).append(match)
    places = list(Ending)
    ordered = sorted(found.items(), key=lambda each: (places.index(each[0][1]), -len(each[1]), each[0][0]))
    return [tuple(matches) for _, matches in ordered]


def lines(attribution: Attribution) -> list[str]:
    """Return the lines for people."""
    run, found = attribution.run, groups(attribution)
    ended = ', '.join(
        f'{number} {ending}'
        for ending in Ending
        if (number := sum(1 for trial in run.trials if trial.ending is ending))
    )
    cut = ' It was killed before its end.' if run.is_cut else ''
    told = [f'Test run {run.source}: {count(len(run.trials), "test")}: {ended}.{cut}']
    for matches in found[:SHOWN_TESTS]:
        told += _lines(matches)
    if len(found) > SHOWN_TESTS:
        told.append(
            f'{count(len(found) - SHOWN_TESTS, "more test")} left something; the report has them all.'
        )
    if attribution.unmatched:
        told.append(f'No test of this run can be told to have made: {_few(attribution.unmatched)}.')
    return told


def _lines(matches: Sequence[Match]) -> list[str]:
    first = matches[0]
    told = [f'Left by {first.test} ({first.ending}): {count(len(matches), "resource")}.']
    if first.failure:
        told.append(f'  {first.failure}')
    told += [f'  {line(each)}' for each in matches[:SHOWN_RESOURCES]]
    if len(matches) > SHOWN_RESOURCES:
        told.append(f'  and {len(matches) - SHOWN_RESOURCES} more')
    return told


def line(match: Match) -> str:
    """Return what is told of one resource."""
    name = f' {match.name}' if match.name else ''
    return f'{match.ref}{name}: {match.certainty}: {clause(match.how)}'


def _few(refs: Sequence[object]) -> str:
    shown = ', '.join(map(str, refs[:SHOWN_RESOURCES]))
    return shown if len(refs) <= SHOWN_RESOURCES else f'{shown} and {len(refs) - SHOWN_RESOURCES} more'


def document(attribution: Attribution | None) -> Mapping[str, Any] | None:
    """Return everything as plain JSON values; None when no results were given."""
    if attribution is None:
        return None
    return {
        'source': attribution.run.source,
        'is_cut': attribution.run.is_cut,
        'leaking': [
            {
                'test': matches[0].test,
                'ending': str(matches[0].ending),
                'failure': matches[0].failure,
                'resources': [_resource(each) for each in matches],
            }
            for matches in groups(attribution)
        ],
        'unmatched': [str(ref) for ref in attribution.unmatched],
    }


def record(match: Match | None) -> dict[str, Any] | None:
    """Return the test that left a resource as plain JSON values; None when that cannot be told."""
    if match is None:
        return None
    return {
        'name': match.test,
        'ending': str(match.ending),
        'certainty': str(match.certainty),
        'how': match.how,
        'failure': match.failure,
        'candidates': list(match.candidates),
    }


def sentences(test: Mapping[str, Any] | None) -> list[str]:
    """Return what is told of a test that left something: its name and how it ended, how sure that is, what failed."""
    if test is None:
        return []
    sure = f'{test["certainty"]}: {clause(test["how"])}'
    return [f'{test["name"]} ({test["ending"]})', sure, *([test['failure']] if test['failure'] else [])]


def name(test: Mapping[str, Any] | None) -> str:
    """Return a test in one cell, with how it ended; empty when it cannot be told."""
    return sentences(test)[0] if test else ''


def _resource(match: Match) -> dict[str, Any]:
    return {
        'ref': str(match.ref),
        'name': match.name,
        'certainty': str(match.certainty),
        'how': match.how,
        'candidates': list(match.candidates),
    }
