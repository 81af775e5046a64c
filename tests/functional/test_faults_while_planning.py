"""Each wrong answer on each address that planning on the lab asks, one at a time: the plan only gets smaller.

The addresses are those that a run without faults asked; see ``fault_cases`` for which are tried.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from lab.scenarios import compute, network, orchestration, storage
from lab.scenarios.project import Project
from orphancleanup.judging.selection import Reach, Request, Selection
from tests.functional import databases, faults_by_address
from tests.functional.fault_cases import CUT, SECONDS, chosen, everything, worth_trying
from tests.functional.faults_by_address import Case, End
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

#: how many cases are tried; the lab answers as fast as two cores do
PLANS = 70
Judge = Callable[[Case, End], list[str]]


def test_wrong_answers_while_planning_only_make_the_plan_smaller(
    sandbox: Sandbox, pool: ProcessPoolExecutor
) -> None:
    doomed, staying, dead = (sandbox.project(f'faults-{each}') for each in ('doomed', 'staying', 'dead'))
    fill_whole(sandbox, doomed)
    for project in (staying, dead):
        sandbox.snapshots(project, sandbox.volumes(project, project.name, 2)[:1])
    sandbox.kill_project(dead)
    ours = frozenset(each.project_id for each in (doomed, staying, dead))
    wishes = (everything(doomed), Request(Selection(orphans=True), Reach(projects=ours)))
    clouds = str(sandbox.lab.clouds_yaml)
    right = {
        repr(wish): pool.submit(faults_by_address.plan, Case(wish), clouds).result(SECONDS) for wish in wishes
    }
    assert all(end.planned and not end.trouble for end in right.values()), right
    cases = [
        Case(wish, *met, ours=ours) for wish in wishes for met in worth_trying(right[repr(wish)].asked[0])
    ]
    before = databases.rows(sandbox.lab, sorted(ours))

    def wrong(case: Case, end: End) -> list[str]:
        best = right[repr(case.wish)]
        found = [f'it plans {each}' for each in sorted(end.planned - best.planned)]
        if best.planned - end.planned and not end.code and case.answer not in CUT:
            found.append(f'it ends with 0, and left out {min(best.planned - end.planned)}')
        return found + ['it changed something'] * bool(end.changes) + [end.trouble] * bool(end.trouble)

    told = tried(pool, chosen(cases, PLANS), faults_by_address.plan, clouds, wrong)
    assert databases.differences(before, databases.rows(sandbox.lab, sorted(ours))) == []
    assert not told, '\n'.join(told)


def fill_whole(sandbox: Sandbox, project: Project) -> None:
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
