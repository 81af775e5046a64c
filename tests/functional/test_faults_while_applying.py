"""Each wrong answer on each address that an apply on the lab asks, one at a time: what must stay has the rows it had.

The addresses are those that runs without faults asked; see ``fault_cases`` for which are tried.
"""

import itertools
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from queue import SimpleQueue

from lab.scenarios.project import Project
from orphancleanup.model import Ref
from tests.functional import databases, faults_by_address
from tests.functional.fault_cases import PROCESSES, SECONDS, chosen, everything, worth_trying
from tests.functional.faults_by_address import Address, Case, End
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

#: how many cases are tried; the lab answers as fast as two cores do
APPLIES = 24
VOLUMES = 4


def test_wrong_answers_while_applying_touch_nothing_else_and_the_outcomes_tell_the_truth(
    sandbox: Sandbox, pool: ProcessPoolExecutor
) -> None:
    staying = sandbox.project('faults-staying')
    sandbox.snapshots(staying, sandbox.volumes(staying, staying.name, 2)[:1])
    slots = [sandbox.project(f'faults-{number}') for number in range(PROCESSES)]
    clouds = str(sandbox.lab.clouds_yaml)
    asked = recorded(sandbox, pool, slots[0])
    before = databases.rows(sandbox.lab, [staying.project_id])
    cases = [(force, met) for force in (True, False) for met in worth_trying(asked)]
    cases = [Case(everything(slots[0]), *met, force) for force, met in cases]
    free: SimpleQueue[Project] = SimpleQueue()
    for slot in slots:
        free.put(slot)

    def go(case: Case) -> list[str]:
        slot = free.get()
        try:
            refill(sandbox, slot)
            case = Case(everything(slot), case.where, case.answer, case.force)
            end = pool.submit(faults_by_address.apply, case, clouds).result(SECONDS)
            print(f'{case}: {end.harmed} answered wrong, {len(end.planned)} planned, exit code {end.code}')
            return [f'{case}: {each}' for each in untrue(end, contents(slot))]
        finally:
            free.put(slot)

    with ThreadPoolExecutor(PROCESSES) as threads:
        told = list(itertools.chain.from_iterable(threads.map(go, chosen(cases, APPLIES))))
    assert databases.differences(before, databases.rows(sandbox.lab, [staying.project_id])) == []
    assert not told, '\n'.join(told)


def recorded(sandbox: Sandbox, pool: ProcessPoolExecutor, slot: Project) -> list[Address]:
    """Return what applies ask: one without faults, and one in which a deletion is refused, with ``--force``."""
    clouds = str(sandbox.lab.clouds_yaml)
    refill(sandbox, slot)
    gentle = pool.submit(faults_by_address.apply, Case(everything(slot)), clouds).result(SECONDS)
    assert gentle.code == 0, gentle
    assert not contents(slot)
    found = set(gentle.asked[1])
    for where in [each for each in gentle.asked[1] if each[1] == 'DELETE']:
        refill(sandbox, slot)
        forced = Case(everything(slot), where, '409')
        found |= set(pool.submit(faults_by_address.apply, forced, clouds).result(SECONDS).asked[1])
    return sorted(found)


def refill(sandbox: Sandbox, project: Project) -> None:
    """Bring a project to what each run begins with: some volumes, one of which has a snapshot."""
    volumes = sandbox.volumes(project, 'doomed', VOLUMES)
    if not list(project.connection.block_storage.snapshots()):
        sandbox.snapshots(project, volumes[:1])


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
