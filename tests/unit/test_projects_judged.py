"""A resource that is a project: what is in it keeps it, and so does what could not be read."""

import math
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.errors import Unreachable
from orphancleanup.judging import classify, planning
from orphancleanup.judging.planning import Header
from orphancleanup.judging.relations import End, Related
from orphancleanup.judging.selection import Protection, Reach, Request, Selection
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Inventory, Project, Ref, Resource
from orphancleanup.results import Review
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT
from tests.unit.estate import SERVICE, Estate, registry
from tests.unit.inventories import HERE, NOW, baseline, thing

REGISTRY = registry()
LISTED = frozenset(REGISTRY.order)
HOME = Ref('plot', 'home')
NAMED = Request(Selection(refs=frozenset({HOME})))
EVERYTHING = Request(Selection(everything=True))


@pytest.fixture
def house(tmp_path: Path) -> Estate:
    return Estate(tmp_path / 'runs')


def plot(identifier: str, **fields: object) -> Resource:
    return thing(identifier, kind='plot', **fields)


def inventory(*resources: Resource, **fields: object) -> Inventory:
    projects = {name: Project(name, name) for name in ('alpha', 'home', 'svc')}
    basic = {'projects': projects, 'listed': LISTED, 'project_kinds': frozenset({'plot'})}
    return Inventory({each.ref: each for each in resources}, **{**basic, **fields})  # type: ignore[arg-type]


def judge(found: Inventory, request: Request = EVERYTHING) -> dict[str, Verdict]:
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    return {verdict.resource.id: verdict for verdict in verdicts}


def guards(verdict: Verdict) -> list[str]:
    return [guard.code for guard in verdict.guards]


def verdict_of(review: Review, ref: Ref = HOME) -> Verdict:
    return next(each for each in review.verdicts if each.resource.ref == ref)


@pytest.mark.parametrize('kind', ['thing', 'bit', 'box', 'plot', 'deed', 'key'])
def test_what_stays_in_a_project_keeps_it(kind: str) -> None:
    verdict = judge(inventory(plot('home'), thing('inside', kind=kind, project_id='home')), NAMED)['home']
    assert [guard.text for guard in verdict.guards] == [f'{kind}:inside (inside) is in it and stays']


def test_what_stays_in_an_inner_project_keeps_the_outer_one() -> None:
    found = inventory(
        plot('home'),
        plot('inner', project_id='home'),
        thing('kept', project_id='inner', tags=frozenset({'orphancleanup:keep'})),
    )
    assert {name: guards(each) for name, each in judge(found).items()} == {
        'home': ['in-use'],
        'inner': ['in-use'],
        'kept': ['tagged'],
    }


def test_a_project_that_is_in_the_baseline_stays_and_what_is_new_in_it_goes() -> None:
    known = baseline(HOME, complete=LISTED)
    found = inventory(plot('home'), thing('new', project_id='home'))
    judged = judge(found, Request(Selection(baseline=known)))
    assert guards(judged['home']) == ['in-baseline']
    assert judged['new'].decision is Decision.REMOVE


def test_only_projects_are_projects() -> None:
    """Another kind may use the same ids."""
    found = inventory(thing('home'), thing('inside', project_id='home'))
    assert judge(found, Request(Selection(refs=frozenset({Ref('thing', 'home')}))))['home'].guards == ()


def test_ten_thousand_in_a_project_are_one_list() -> None:
    inside = [thing(f't{number}', project_id='home') for number in range(10_000)]
    found = inventory(plot('home'), *inside)
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    assert plan.entries[-1].ref == HOME
    assert len(plan.entries[-1].waits_for) == 10_000
    assert not any(entry.waits_for for entry in plan.entries[:-1])


@pytest.mark.parametrize('path', ['/things$', '/bits$', '/boxes$', '/plots$', '/deeds$', '/keys$'])
def test_a_kind_that_could_not_be_read_keeps_every_project(house: Estate, path: str) -> None:
    house.plot('home')
    house.cloud.fail(('*', 'GET', path), Unreachable('no answer came'), times=math.inf)
    review = runs.review(house.site(), NAMED)
    assert review.plan.entries == ()
    if path != '/plots$':
        assert guards(verdict_of(review)) == ['contents-unknown']


def test_a_hidden_service_keeps_every_project_and_an_absent_one_none(house: Estate) -> None:
    house.plot('home')
    house.cloud.hide_service('key-manager')
    assert guards(verdict_of(runs.review(house.site(), NAMED))) == ['contents-unknown']
    house.cloud.hidden.clear()
    house.cloud.remove_service('key-manager')
    assert verdict_of(runs.review(house.site(), NAMED)).decision is Decision.REMOVE


def test_what_cannot_be_told_to_be_gone_keeps_every_project(house: Estate) -> None:
    house.plot('home')
    house.thing('elsewhere', hangs_on=['lost'])
    house.cloud.fail((SERVICE, 'GET', '/things/lost'), Unreachable('no answer came'), times=math.inf)
    verdict = verdict_of(runs.review(house.site(), NAMED))
    assert guards(verdict) == ['contents-unknown']
    assert 'thing:lost' in verdict.guards[0].text


def test_a_kind_that_nobody_has_read_keeps_every_project() -> None:
    found = inventory(plot('home'), listed=LISTED - {'key'})
    assert guards(judge(found, NAMED)['home']) == ['unknown-kind']


def test_everything_is_read_to_judge_a_project(house: Estate) -> None:
    house.plot('home')
    house.key('key', project_id='home')
    review = runs.review(house.site(), Request(Selection(refs=frozenset({HOME})), Reach(frozenset({'plot'}))))
    assert review.inventory.listed == LISTED
    assert guards(verdict_of(review)) == ['in-use']


def test_the_own_project_and_those_of_services_are_kept(house: Estate) -> None:
    house.plot(ADMIN_PROJECT)
    house.plot('service', project_id='')
    house.plot('above', project_id='')
    house.plot('below', project_id='service')
    house.plots.items[ADMIN_PROJECT]['project_id'] = 'above'
    review = runs.review(house.site(), EVERYTHING)
    found = {verdict.resource.id: guards(verdict) for verdict in review.verdicts}
    assert found == {
        ADMIN_PROJECT: ['own'],
        'above': ['in-use'],
        'service': ['service-project'],
        'below': ['service-project'],
    }


@pytest.mark.parametrize('said', ['services', '0123'])
def test_a_project_whose_name_or_id_is_that_of_the_services_is_kept(said: str) -> None:
    found = inventory(plot('0123', name='services'))
    protection = Protection(service_projects=frozenset({said}))
    protected = Request(Selection(everything=True), protection=protection)
    assert guards(judge(found, protected)['0123']) == ['service-project']


def test_within_a_project_the_project_itself_is_selected_only_by_name() -> None:
    found = inventory(plot('home'), thing('inside', project_id='home'))
    within = Reach(projects=frozenset({'home'}))
    judged = judge(found, Request(Selection(everything=True), within))
    assert judged['home'].reasons == ()
    assert judged['inside'].decision is Decision.REMOVE
    judged = judge(found, Request(Selection(everything=True, refs=frozenset({HOME})), within))
    assert judged['home'].decision is Decision.REMOVE
    elsewhere = Reach(projects=frozenset({'svc'}))
    judged = judge(found, Request(Selection(everything=True, refs=frozenset({HOME})), elsewhere))
    assert judged['home'].reasons == ()
    other_kinds = Reach(kinds=frozenset({'thing'}), projects=frozenset({'home'}))
    judged = judge(found, Request(Selection(everything=True, refs=frozenset({HOME})), other_kinds))
    assert judged['home'].reasons == ()


def test_an_owner_that_is_in_the_project_that_it_takes_along_waits_for_the_rest_of_it() -> None:
    found = inventory(
        plot('home', owners=(Ref('box', 'box'),)),
        thing('box', kind='box', project_id='home'),
        thing('inside', project_id='home'),
    )
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    waits = {entry.ref.id: [ref.id for ref in entry.waits_for] for entry in plan.entries}
    assert waits == {'box': ['inside'], 'inside': [], 'home': ['box', 'inside']}


def test_an_explanation_tells_what_is_in_a_project(house: Estate) -> None:
    house.plot('home')
    house.key('key', project_id='home')['name'] = 'the key'
    told = runs.explain(house.site(), HOME, NAMED)
    assert told.relations == (Related('contains', Ref('key', 'key'), 'the key', End.STAYS),)
