"""Each wrong answer on each address that a run on the lab asks, one at a time: what must stay has the rows it had.

The addresses are those that a run without faults asked. All of it takes a quarter of an hour and more: a part that
chance chooses is tried (``FAULT_SEED`` makes it the same again), with ``ALL_FAULTS=1`` all of it, and with ``FAULTS``
those whose names it matches (``FAULTS='404 at DELETE'``).
"""

import itertools
import multiprocessing
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from queue import SimpleQueue

import pytest

from lab.scenarios import compute, network, orchestration, storage
from lab.scenarios.project import Project
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.model import Ref
from tests.functional import databases, faults_by_address
from tests.functional.faults_by_address import ANSWERS, UNSEEN, Address, Case, End
from tests.functional.ground import Ground
from tests.functional.marks import FUNCTIONAL

pytestmark = FUNCTIONAL

#: how many cases are tried while planning and while applying; the lab answers as fast as two cores do
PLANS, APPLIES = 70, 24
PROCESSES, SECONDS = 4, 150.0
VOLUMES = 4
#: of a listing that is short by itself, nobody can know whether all is there
CUT = frozenset({'an empty list', 'a list without its last row', 'a list without its link'})
Judge = Callable[[Case, End], list[str]]


@pytest.fixture
def pool() -> Iterator[ProcessPoolExecutor]:
    """Return processes of their own: each has its proxy in its environment."""
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context('spawn')) as pool:
        yield pool


def chosen(cases: Sequence[Case], count: int) -> list[Case]:
    """Return the cases that are tried."""
    seed = int(os.environ.get('FAULT_SEED', random.randrange(10**6)))
    is_all = os.environ.get('ALL_FAULTS') == '1' or 'FAULTS' in os.environ
    meant = [case for case in cases if re.search(os.environ.get('FAULTS', ''), str(case))]
    found = meant if is_all else random.Random(seed).sample(meant, min(count, len(meant)))
    print(f'FAULT_SEED={seed}; {len(found)} of {len(cases)} cases')
    assert found, 'no case is tried'
    return found


def worth_trying(asked: Sequence[Address]) -> Iterator[tuple[Address, str]]:
    """Yield each address with each answer that differs from the others there."""
    for where, answer in itertools.product(sorted(set(asked)), ANSWERS):
        is_reading = where[1] == 'GET'
        # What is accepted and forgotten, and what is done unseen, there is of changes only.
        if (answer in CUT and not is_reading) or (answer == UNSEEN and is_reading):
            continue
        yield where, answer


def everything(*projects: Project) -> Request:
    return Request(
        Selection(everything=True), Reach(projects=frozenset(each.project_id for each in projects))
    )


def test_wrong_answers_while_planning_only_make_the_plan_smaller(
    ground: Ground, pool: ProcessPoolExecutor
) -> None:
    doomed, staying, dead = (ground.project(f'faults-{each}') for each in ('doomed', 'staying', 'dead'))
    fill_whole(ground, doomed)
    for project in (staying, dead):
        ground.snapshots(project, ground.volumes(project, project.name, 2)[:1])
    ground.kill_project(dead)
    ours = frozenset(each.project_id for each in (doomed, staying, dead))
    wishes = (everything(doomed), Request(Selection(orphans=True), Reach(projects=ours)))
    clouds = str(ground.lab.clouds_yaml)
    right = {
        repr(wish): pool.submit(faults_by_address.plan, Case(wish), clouds).result(SECONDS) for wish in wishes
    }
    assert all(end.planned and not end.trouble for end in right.values()), right
    cases = [
        Case(wish, *met, ours=ours) for wish in wishes for met in worth_trying(right[repr(wish)].asked[0])
    ]
    before = databases.rows(ground.lab, sorted(ours))

    def wrong(case: Case, end: End) -> list[str]:
        best = right[repr(case.wish)]
        found = [f'it plans {each}' for each in sorted(end.planned - best.planned)]
        if best.planned - end.planned and not end.code and case.answer not in CUT:
            found.append(f'it ends with 0, and left out {min(best.planned - end.planned)}')
        return found + ['it changed something'] * bool(end.changes) + [end.trouble] * bool(end.trouble)

    told = tried(pool, chosen(cases, PLANS), faults_by_address.plan, clouds, wrong)
    assert databases.differences(before, databases.rows(ground.lab, sorted(ours))) == []
    assert not told, '\n'.join(told)


def fill_whole(ground: Ground, project: Project) -> None:
    """Leave a server with a volume and a stack in a project, so that compute and orchestration are asked, too."""
    name = project.name
    disk, plain = storage.volume(project, f'{name}-disk'), storage.volume(project, f'{name}-plain')
    stack = orchestration.stack(project, f'{name}-stack', {'vol': orchestration.volume(f'{name}-stack-vol')})
    server = compute.server(project, f'{name}-server', network.network(project, f'{name}-net'))
    storage.snapshot(project, f'{name}-snapshot', storage.available(project, plain))
    storage.available(project, disk)
    compute.attach(project, compute.active(project, server), disk)
    orchestration.created(project, stack)


def tried(
    pool: ProcessPoolExecutor,
    cases: Sequence[Case],
    go: Callable[[Case, str], End],
    clouds: str,
    wrong: Judge,
) -> list[str]:
    """Go through the cases, and return what is wrong with how they ended."""
    ends = [(case, pool.submit(go, case, clouds)) for case in cases]
    found = []
    for case, future in ends:
        end = future.result(SECONDS * len(cases))
        print(f'{case}: {end.harmed} answered wrong, {len(end.planned)} planned, exit code {end.code}')
        found += [f'{case}: {each}' for each in wrong(case, end)]
    return found


def test_wrong_answers_while_applying_touch_nothing_else_and_the_outcomes_tell_the_truth(
    ground: Ground, pool: ProcessPoolExecutor
) -> None:
    staying = ground.project('faults-staying')
    ground.snapshots(staying, ground.volumes(staying, staying.name, 2)[:1])
    slots = [ground.project(f'faults-{number}') for number in range(PROCESSES)]
    clouds = str(ground.lab.clouds_yaml)
    asked = recorded(ground, pool, slots[0])
    before = databases.rows(ground.lab, [staying.project_id])
    cases = [(force, met) for force in (True, False) for met in worth_trying(asked)]
    cases = [Case(everything(slots[0]), *met, force) for force, met in cases]
    free: SimpleQueue[Project] = SimpleQueue()
    for slot in slots:
        free.put(slot)

    def go(case: Case) -> list[str]:
        slot = free.get()
        try:
            refill(ground, slot)
            case = Case(everything(slot), case.where, case.answer, case.force)
            end = pool.submit(faults_by_address.apply, case, clouds).result(SECONDS)
            print(f'{case}: {end.harmed} answered wrong, {len(end.planned)} planned, exit code {end.code}')
            return [f'{case}: {each}' for each in untrue(end, contents(slot))]
        finally:
            free.put(slot)

    with ThreadPoolExecutor(PROCESSES) as threads:
        told = list(itertools.chain.from_iterable(threads.map(go, chosen(cases, APPLIES))))
    assert databases.differences(before, databases.rows(ground.lab, [staying.project_id])) == []
    assert not told, '\n'.join(told)


def recorded(ground: Ground, pool: ProcessPoolExecutor, slot: Project) -> list[Address]:
    """Return what applies ask: one without faults, and one in which a deletion is refused, with ``--force``."""
    clouds = str(ground.lab.clouds_yaml)
    refill(ground, slot)
    gentle = pool.submit(faults_by_address.apply, Case(everything(slot)), clouds).result(SECONDS)
    assert gentle.code == 0, gentle
    assert not contents(slot)
    found = set(gentle.asked[1])
    for where in [each for each in gentle.asked[1] if each[1] == 'DELETE']:
        refill(ground, slot)
        forced = Case(everything(slot), where, '409')
        found |= set(pool.submit(faults_by_address.apply, forced, clouds).result(SECONDS).asked[1])
    return sorted(found)


def refill(ground: Ground, project: Project) -> None:
    """Bring a project to what each run begins with: some volumes, one of which has a snapshot."""
    volumes = ground.volumes(project, 'doomed', VOLUMES)
    if not list(project.connection.block_storage.snapshots()):
        ground.snapshots(project, volumes[:1])


def contents(project: Project) -> frozenset[Ref]:
    """Return what a project has, as its own user sees it."""
    cinder = project.connection.block_storage
    return frozenset(Ref('cinder-volume', each.id) for each in cinder.volumes()) | frozenset(
        Ref('cinder-snapshot', each.id) for each in cinder.snapshots()
    )


def untrue(end: End, left: frozenset[Ref]) -> list[str]:
    """Return what an apply told that is not so."""
    found = [
        f'it tells that {ref} is gone, and it is not'
        for ref, is_done in (end.results or {}).items()
        if is_done and ref in left
    ]
    if not end.code and left & end.planned:
        found.append(f'it ends with 0, and left {min(left & end.planned)}')
    return found + [end.trouble] * bool(end.trouble)
