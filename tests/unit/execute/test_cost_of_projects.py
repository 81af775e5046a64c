"""What it costs to remove projects with a bit of everything in them, in requests: most is asked once for all."""

import re
from collections import Counter
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.outcome import Result
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.fake_cloud import Request as Sent
from tests.unit import leaky
from tests.unit.leaky import Leaky
from tests.unit.storehouse import work_at_once

FEW, MANY = 10, 40
#: resources of each project that go by a request of their own; others go with their server, their router, their network
OWN = 18
ALONG = 3
#: what is asked once more for each project: by whom it belongs to, or since a rule wants it right before a step
EACH = {
    # The listings ask for each user's keypairs: before the step, and after it.
    'GET compute /os-keypairs': 2,
    'GET compute /os-quota-sets/ID': 1,
    'GET block-storage /os-quota-sets/ID': 1,
    # An image is looked at with its members, as every owner is with its parts. (Where time passes, a listing shows it.)
    'GET image /images/ID': 1,
    'GET image /images/ID/members': 1,
    # From here on, many threads that ask at a time ask together; here is one.
    # Whether the router joins another network by now, and whether somebody new is on the one that goes.
    'GET network /ports': 2,
    # Whether a server has come to use the port behind the floating IP.
    'GET network /ports/ID': 1,
    'PUT network /routers/ID/remove_router_interface': 1,
    # Whether another backup builds on this one by now.
    'GET block-storage /backups/detail': 1,
}
_ID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|image-[0-9]+|tempest-keypair')


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    work_at_once(monkeypatch)


def counts(number: int, root: Path, others: int = 0) -> Counter[str]:
    """Return how often each address is asked while so many projects, new since the saved state, are removed.

    :param others: how many there are besides, which stay.
    """
    world = Leaky()
    cloud, site = world.cloud, leaky.site(world.cloud)
    for each in range(number, number + others):
        world.project(each)
    baseline = runs.save_state(site).baseline
    for each in range(number):
        world.project(each)
    plan = runs.review(site, Request(Selection(baseline=baseline))).plan
    assert len(plan.entries) == number * (OWN + ALONG)
    cloud.requests.clear()
    applied = runs.apply(site, plan, RunFolder.create(site.clock, root))
    assert {each.result for each in applied.outcomes} == {Result.REMOVED}
    return Counter(map(_address, cloud.requests))


def _address(sent: Sent) -> str:
    return f'{sent.method} {sent.service} {_ID.sub("ID", sent.path)}'


def test_what_each_more_project_costs(tmp_path: Path) -> None:
    few, many = counts(FEW, tmp_path / 'few'), counts(MANY, tmp_path / 'many')
    more = {address: (many[address] - few[address]) / (MANY - FEW) for address in many}
    removals = {address: number for address, number in more.items() if address.startswith('DELETE')}
    assert sum(removals.values()) == OWN
    others = {address: round(number) for address, number in more.items() if address not in removals}
    assert {address: number for address, number in others.items() if number} == EACH


def test_projects_that_stay_cost_nothing_before_others_go(tmp_path: Path) -> None:
    alone, among_others = counts(1, tmp_path / 'alone'), counts(1, tmp_path / 'among-others', others=MANY)
    # Where there is more of a kind, it is listed rather than looked at one by one, or the other way round.
    assert among_others.total() <= alone.total() + 8
    for address in (
        'GET compute /os-keypairs',
        'GET compute /os-quota-sets/ID',
        'GET block-storage /os-quota-sets/ID',
    ):
        assert among_others[address] == alone[address] == EACH[address]
