"""Each wrong answer on each address that a run asks, one at a time: nothing that must stay is touched.

The addresses are not listed here: a run without faults tells them. While planning, the plan must be a part of the right
one; while applying, the services must hold what the outcomes say. ``ALL_FAULTS=1`` tries what else is left to chance:
some answers come only once, some without ``--force``, some to a run that looks for orphans.
"""

import datetime
import functools
import math
import os
import random
from collections.abc import Iterator
from itertools import product

import pytest

from orphancleanup.execute.loop import LoopControl
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.model import Level
from orphancleanup.runs import applying
from tests.unit import lying
from tests.unit.lying import ANSWERS, Address, Fault, Heard, Run, is_another
from tests.unit.populated import LIVING
from tests.unit.storehouse import work_at_once

API, FORCE = frozenset({Level.API}), frozenset({Level.API, Level.FORCE})
EVERYTHING, ORPHANS = 'everything of a project', 'orphans and what is stuck'
#: of both wishes, the third project keeps all it has
WISHES = {
    EVERYTHING: Request(Selection(everything=True), Reach(projects=frozenset({LIVING}))),
    ORPHANS: Request(Selection(orphans=True, stuck=datetime.timedelta(hours=1))),
}
#: of a listing that is short by itself, nobody can know whether all is there
CUT = frozenset({'an empty list', 'a list without its last row', 'a list without its link'})
#: the steps of the level ``force``
HARSH = frozenset({'reset-state', 'force-delete', 'detach', 'delete-again'})
#: what they may follow
REFUSES = frozenset({'403', '409', '200 {}'})
ALL = os.environ.get('ALL_FAULTS') == '1'
#: of what is left to chance, one in so many is tried
ONE_IN = 1 if ALL else 20


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    work_at_once(monkeypatch)
    # Nobody presses Ctrl-C here: a pause need not be cut into pieces.
    monkeypatch.setattr(applying, 'LoopControl', functools.partial(LoopControl, breath=60.0))


@functools.cache
def recorded(wished: str, levels: frozenset[Level] = FORCE) -> Run:
    """Run without faults; with every step allowed, when no others are named."""
    return lying.run(WISHES[wished], levels)


@pytest.mark.parametrize('wished', WISHES)
def test_a_run_without_faults_removes_what_it_planned_and_touches_nothing_else(wished: str) -> None:
    run = recorded(wished)
    assert run.code == 0
    assert run.planned == run.before.keys() - run.after.keys()
    assert {kind for kind, _ in run.planned} == {kind for kind, _ in run.before}
    assert run.changed == run.planned


@pytest.mark.parametrize('answer', ANSWERS)
@pytest.mark.parametrize('wished', WISHES)
def test_wrong_answers_while_planning_only_make_the_plan_smaller(wished: str, answer: str) -> None:
    right, wrong = recorded(wished), []
    for address, times in _met(right.heard[0], answer):
        run = lying.plan(WISHES[wished], Fault(address, answer, times))
        wrong += [f'{" ".join(address)}, {_often(times)}: {each}' for each in _wrong_plan(run, right, answer)]
    assert not wrong, '\n'.join(wrong)


def _wrong_plan(run: Run, right: Run, answer: str) -> Iterator[str]:
    planned, wanted = run.places(run.planned), right.places(right.planned)
    if planned - wanted:
        yield f'it plans {_names(planned - wanted)}'
    if run.before != run.after:
        yield 'it changed something'
    if wanted - planned and not run.code and answer not in CUT:
        yield f'it ends with 0, and left out {_names(wanted - planned)}'
    if run.trouble:
        yield run.trouble


@pytest.mark.parametrize('answer', ANSWERS)
def test_wrong_answers_while_applying_change_nothing_else_and_the_outcomes_tell_the_truth(
    answer: str,
) -> None:
    wrong = []
    for wished, levels, (address, times) in _ways(answer):
        run = lying.apply(_planned(wished, levels), WISHES[wished], levels, Fault(address, answer, times))
        how = f'{wished}{" with --force" if levels == FORCE else ""}, {_often(times)}'
        found = [*_wrong_end(run, address[1] != 'GET'), *_too_harsh(run, recorded(wished), address, answer)]
        wrong += [f'{" ".join(address)} ({how}): {each}' for each in found]
    assert not wrong, '\n'.join(wrong)


def _planned(wished: str, levels: frozenset[Level]) -> Plan:
    plan = recorded(wished, levels).plan
    assert plan
    return plan


def _ways(answer: str) -> list[tuple[str, frozenset[Level], tuple[Address, float]]]:
    """Return the wish, the levels, the address and how often, of each run that is made."""
    found = [
        (wished, levels, met)
        for wished, levels in product(WISHES, (FORCE, API))
        for met in _met(recorded(wished).heard[1], answer)
    ]
    always = [each for each in found if each[:2] == (EVERYTHING, FORCE) and each[2][1] > 1]
    others = [each for each in found if each not in always]
    return always + random.Random(answer).sample(others, len(others) // ONE_IN)


def _met(heard: Heard, answer: str) -> Iterator[tuple[Address, float]]:
    """Yield the addresses where an answer makes a difference, and how often it comes."""
    for address, documents in sorted(heard.items(), key=lambda each: each[0]):
        if any(is_another(address[1], answer, document) for document in documents):
            yield from product([address], (math.inf, 1) if len(documents) > 1 else (math.inf,))


def _wrong_end(run: Run, can_see: bool) -> Iterator[str]:
    """Yield what is wrong; when a look fails, what is gone may be told as left."""
    told = {(outcome.ref.kind, outcome.ref.id): outcome.result.is_done for outcome in run.outcomes}
    for sentence, keys in (
        ('it changed {}', run.changed - run.planned),
        ('it tells that {} is gone, and it is not', {key for key in told if told[key]} & run.after.keys()),
        (
            'it tells that {} is left, and it is gone',
            {key for key in told if not told[key] and can_see} - run.after.keys(),
        ),
        ('it ends with 0, and left {}', run.planned & run.after.keys() if not run.code else ()),
    ):
        if keys:
            yield sentence.format(_names(run.places(keys)))
    if run.trouble:
        yield run.trouble


def _too_harsh(run: Run, right: Run, address: Address, answer: str) -> Iterator[str]:
    """Yield the steps that no run without faults takes, unless the service refused a step or forgot it."""
    if address[1] == 'GET' or answer not in REFUSES:
        for number, kind, step in sorted(_steps(run) - _steps(right)):
            if step in HARSH:
                yield f'it tries {step} on {kind} {number}'


def _steps(run: Run) -> set[tuple[int, str, str]]:
    return {
        (*place, step)
        for outcome in run.outcomes
        for place in run.places([(outcome.ref.kind, outcome.ref.id)])
        for step in outcome.steps
    }


def _names(places: frozenset[tuple[int, str]]) -> str:
    return ', '.join(sorted({kind for _, kind in places}))


def _often(times: float) -> str:
    return 'each time' if times > 1 else 'once'
