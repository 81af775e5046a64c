"""A project goes only when nothing is in it right before its step, whatever the plan had seen."""

import contextlib
import dataclasses
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, Unreachable
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Result
from orphancleanup.runs import interruption
from orphancleanup.storing import journal, plan_file
from orphancleanup.testing.collection import Deletion
from orphancleanup.testing.fake_cloud import Request as Sent
from tests.unit.estate import SERVICE, Estate, Keys, Plots
from tests.unit.execute.applying import apply, deletes, plan, results, texts

KINDS = ('thing', 'bit', 'box', 'plot', 'deed', 'key')


@pytest.fixture
def house(tmp_path: Path) -> Estate:
    return Estate(tmp_path / 'runs')


def named(*identifiers: str, kind: str = 'plot') -> Request:
    return Request(Selection(refs=frozenset(Ref(kind, identifier) for identifier in identifiers)))


def everything_of(house: Estate, *plots: str) -> Plan:
    """Return the plan that removes plots with all that is in them."""
    refs = {Ref('plot', plot) for plot in plots}
    for collection, kind in ((house.things, 'thing'), (house.bits, 'bit'), (house.keys, 'key')):
        refs |= {Ref(kind, each['id']) for each in collection.items.values() if each['project_id'] in plots}
    return plan(house, Request(Selection(refs=frozenset(refs))))


def settle(house: Estate, kind: str, name: str = 'new') -> None:
    """Have something new in the plot ``home``."""
    getattr(house, kind)(name, project_id='home')


def lists(house: Estate) -> list[str]:
    return [path for path in house.cloud.sent('GET') if path.count('/') == 1 and path != '/projects']


def test_a_project_with_nothing_in_it_goes(house: Estate) -> None:
    house.plot('home')
    applied = apply(house, plan(house, named('home')))
    assert results(applied) == {'home': Result.REMOVED}


def test_a_project_goes_after_all_that_is_in_it(house: Estate) -> None:
    house.plot('home')
    for kind in ('thing', 'bit', 'key'):
        settle(house, kind)
    house.things.items['new']['deletion'] = Deletion(seconds=30)
    applied = apply(house, everything_of(house, 'home'))
    assert set(results(applied).values()) == {Result.REMOVED}
    assert house.cloud.sent('DELETE')[-1] == '/plots/home'


@pytest.mark.parametrize('kind', KINDS)
def test_what_appears_in_a_project_after_the_plan_keeps_it(house: Estate, kind: str) -> None:
    house.plot('home')
    made = plan(house, named('home'))
    settle(house, kind)
    applied = apply(house, made)
    assert results(applied) == {'home': Result.CHANGED}
    assert texts(applied)['home'] == f'it was left alone: {kind}:new is in it now'
    assert deletes(house) == []


def test_what_is_never_in_a_project_is_not_listed_before_one_goes(
    house: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keys, 'in_projects', False)
    house.plot('home')
    made = plan(house, named('home'))
    house.cloud.requests.clear()
    assert results(apply(house, made)) == {'home': Result.REMOVED}
    assert {path.strip('/') for path in lists(house)} == {'things', 'bits', 'boxes', 'plots', 'deeds'}


def test_what_appears_while_the_rest_goes_keeps_the_project(house: Estate) -> None:
    house.plot('home')
    settle(house, 'thing', 'old')
    made = everything_of(house, 'home')
    house.cloud.before((SERVICE, 'DELETE', '/things/old'), lambda _: settle(house, 'key'))
    applied = apply(house, made)
    assert results(applied) == {'old': Result.REMOVED, 'home': Result.CHANGED}
    assert deletes(house) == ['/things/old']


def test_what_would_not_go_keeps_its_project(house: Estate) -> None:
    house.plot('home')
    settle(house, 'thing', 'fast')
    house.things.items['fast']['refuse'] = lambda: Conflict(409, 'in use')
    applied = apply(house, everything_of(house, 'home'))
    assert results(applied) == {'fast': Result.LEFT, 'home': Result.BLOCKED}
    assert 'thing:fast' in texts(applied)['home']
    assert '/plots/home' not in deletes(house)


def test_a_plan_that_forgot_what_is_in_a_project_does_not_remove_it(house: Estate) -> None:
    """A script may make a plan by hand."""
    house.plot('home')
    settle(house, 'thing', 'old')
    house.things.items['old']['refuse'] = lambda: Conflict(409, 'in use')
    made = everything_of(house, 'home')
    entries = tuple(dataclasses.replace(entry, waits_for=()) for entry in made.entries)
    applied = apply(house, dataclasses.replace(made, entries=entries))
    assert results(applied)['home'] is Result.BLOCKED
    assert texts(applied)['home'] == 'it waits for thing:old, which is still in it'
    assert '/plots/home' not in deletes(house)


def test_of_what_is_in_a_project_the_new_is_named_first(house: Estate) -> None:
    house.plot('home')
    settle(house, 'bit', 'old')
    house.bits.items['old']['refuse'] = lambda: Conflict(409, 'in use')
    made = everything_of(house, 'home')
    entries = tuple(dataclasses.replace(entry, waits_for=()) for entry in made.entries)
    settle(house, 'thing')
    applied = apply(house, dataclasses.replace(made, entries=entries))
    assert texts(applied)['home'] == 'it was left alone: thing:new is in it now'


def test_what_appears_after_a_refusal_keeps_the_project(house: Estate) -> None:
    item = house.plot('home')

    def refuse() -> Conflict:
        settle(house, 'key')
        return Conflict(409, 'not just now')

    item['refuse'] = refuse
    applied = apply(house, plan(house, named('home')))
    assert results(applied) == {'home': Result.CHANGED}
    assert deletes(house) == ['/plots/home']


@pytest.mark.parametrize('is_empty', [True, False])
def test_a_resumed_run_looks_again_at_what_is_in_a_project(house: Estate, is_empty: bool) -> None:
    house.plot('home')
    made, folder = plan(house, named('home')), house.folder()
    folder.plan.write_text(plan_file.dump(made))
    with journal.Journal.open(folder.journal, house.cloud.clock) as written:
        start = {'event': 'start', 'run_id': folder.run_id, 'digest': plan_file.digest(made)}
        written.write(start, {'event': 'intent', 'kind': 'plot', 'id': 'home', 'step': 'delete'})
    if not is_empty:
        settle(house, 'thing')
    house.cloud.clock.advance(10 * 86400)
    result = results(runs.resume(house.site(), folder))['home']
    assert result is (Result.REMOVED if is_empty else Result.CHANGED)
    assert bool(deletes(house)) == is_empty


@pytest.mark.parametrize('kind', KINDS)
def test_a_kind_that_cannot_be_read_before_the_step_keeps_the_project(house: Estate, kind: str) -> None:
    house.plot('home')
    made = plan(house, named('home'))
    path = '/boxes$' if kind == 'box' else f'/{kind}s$'
    house.cloud.fail(('*', 'GET', path), Unreachable('no answer came'), times=math.inf)
    applied = apply(house, made)
    assert results(applied) == {'home': Result.LEFT}
    assert texts(applied)['home'].startswith(f'whether any {kind} is in it could not be read: ')
    assert texts(applied)['home'].endswith('could not be read: no answer came')
    assert deletes(house) == []


def test_a_kind_that_can_be_read_again_soon_holds_up_nothing_for_good(house: Estate) -> None:
    house.plot('home')
    made = plan(house, named('home'))
    house.cloud.fail(('*', 'GET', '/keys$'), Unreachable('no answer came'), times=3)
    assert results(apply(house, made)) == {'home': Result.REMOVED}


def test_a_service_that_is_hidden_before_the_step_keeps_the_project_and_one_that_is_absent_does_not(
    house: Estate,
) -> None:
    house.plot('home')
    made = plan(house, named('home'))
    house.cloud.hide_service('key-manager')
    applied = apply(house, made)
    assert results(applied) == {'home': Result.LEFT}
    assert 'our catalogue shows none' in texts(applied)['home']
    house.cloud.hidden.clear()
    house.cloud.remove_service('key-manager')
    assert results(apply(house, plan(house, named('home')))) == {'home': Result.REMOVED}


def test_a_service_too_slow_to_tell_in_time_keeps_the_project(house: Estate) -> None:
    house.plot('home')
    made = plan(house, named('home'))
    house.cloud.before(('*', 'GET', '/keys$'), lambda _: house.cloud.clock.advance(61), math.inf)
    applied = apply(house, made)
    assert results(applied) == {'home': Result.LEFT}
    assert 'so slowly that whether it is empty cannot be told' in texts(applied)['home']
    assert deletes(house) == []
    assert house.cloud.sent('GET').count('/keys') < 12


def test_two_projects_that_become_empty_together_are_served_by_one_listing_of_each_kind(
    house: Estate,
) -> None:
    plots = [f'home-{number}' for number in range(20)]
    for name in plots:
        house.plot(name)
        house.thing(f'of-{name}', project_id=name)
    made = everything_of(house, *plots)
    house.cloud.requests.clear()
    applied = apply(house, made)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert [lists(house).count(path) for path in ('/keys', '/bits', '/boxes', '/deeds')] == [1, 1, 1, 1]


def test_of_two_projects_only_the_empty_one_goes(house: Estate) -> None:
    house.plot('home')
    house.plot('other')
    made = plan(house, named('home', 'other'))
    settle(house, 'key')
    assert results(apply(house, made)) == {'home': Result.CHANGED, 'other': Result.REMOVED}


def test_a_project_goes_after_the_projects_in_it(house: Estate) -> None:
    house.plot('home')
    house.plot('inner', project_id='home')
    house.plot('innermost', project_id='inner')
    applied = apply(house, plan(house, named('home', 'inner', 'innermost')))
    assert set(results(applied).values()) == {Result.REMOVED}
    assert deletes(house) == ['/plots/innermost', '/plots/inner', '/plots/home']


def test_what_settles_slowly_is_waited_for(house: Estate) -> None:
    house.plot('home')
    settle(house, 'bit')
    house.bits.items['new']['deletion'] = Deletion(seconds=50)
    applied = apply(house, everything_of(house, 'home'))
    assert set(results(applied).values()) == {Result.REMOVED}


def test_an_owner_that_would_take_a_project_along_is_left_while_something_is_in_it(house: Estate) -> None:
    house.plot('home', in_box=['box'])
    house.box('box')
    made = plan(house, named('box', kind='box'))
    assert {entry.ref.id for entry in made.entries} == {'box', 'home'}
    settle(house, 'key')
    applied = apply(house, made)
    assert texts(applied) == {
        'box': 'it holds plot:home, which stays',
        'home': 'it was left alone: key:new is in it now',
    }
    assert deletes(house) == []


def test_an_owner_takes_along_a_project_with_itself_and_its_other_parts_in_it(house: Estate) -> None:
    house.plot('home', in_box=['box'])
    house.box('box', 'part', project_id='home')
    settle(house, 'thing', 'part')
    made = plan(house, named('box', kind='box'))

    def follow(_: Sent) -> None:
        house.plots.remove('home')
        house.things.remove('part')

    house.cloud.before((SERVICE, 'DELETE', '/boxes'), follow)
    assert set(results(apply(house, made)).values()) == {Result.REMOVED}


def test_a_project_that_is_in_itself_goes(house: Estate) -> None:
    house.plot('home', project_id='home')
    assert results(apply(house, plan(house, named('home')))) == {'home': Result.REMOVED}


def test_a_step_is_not_sent_when_its_listings_have_become_too_old(
    house: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listings served another project half a minute before, and the step reads first, slowly."""

    def slow_delete(self: Plots, cloud: Cloud, resource: Resource) -> None:
        if resource.id == 'home':
            house.cloud.clock.advance(55)
            settle(house, 'key')
        cloud.service(SERVICE).delete(f'/plots/{resource.id}')

    monkeypatch.setattr(Plots, 'delete', slow_delete)
    house.plot('empty')
    house.plot('home')
    settle(house, 'thing')
    house.things.items['new']['deletion'] = Deletion(seconds=20)
    applied = apply(house, everything_of(house, 'home', 'empty'))
    assert results(applied) == {'new': Result.REMOVED, 'empty': Result.REMOVED, 'home': Result.CHANGED}
    assert '/plots/home' not in deletes(house)


def test_an_owner_takes_an_empty_project_along(house: Estate) -> None:
    house.plot('home', in_box=['box'])
    house.box('box')
    made = plan(house, named('box', kind='box'))
    house.cloud.before((SERVICE, 'DELETE', '/boxes'), lambda _: house.plots.remove('home'))
    assert set(results(apply(house, made)).values()) == {Result.REMOVED}


def test_a_deed_that_goes_after_the_plots_goes_after_them(house: Estate) -> None:
    house.plot('home')
    house.plots.items['home']['deletion'] = Deletion(seconds=5)
    house.deed('deed')
    refs = frozenset({Ref('plot', 'home'), Ref('deed', 'deed')})
    apply(house, plan(house, Request(Selection(refs=refs))))
    assert deletes(house) == ['/plots/home', '/deeds/deed']


def test_nothing_is_listed_for_a_plan_without_projects(house: Estate) -> None:
    house.thing('one')
    made = plan(house, named('one', kind='thing'))
    house.cloud.requests.clear()
    apply(house, made)
    assert not {'/keys', '/boxes', '/plots', '/deeds'} & set(house.cloud.sent('GET'))


def test_many_in_one_project_cost_no_more_requests_than_as_many_elsewhere(house: Estate) -> None:
    house.plot('home')
    for number in range(500):
        house.bit(f'b{number}', project_id='home', deletion=Deletion(seconds=1))
    made = everything_of(house, 'home')
    house.cloud.requests.clear()
    applied = apply(house, made)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert len(house.cloud.requests) <= 1.06 * 500


def _interrupt(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sent], None]:
    pressed = threading.Event()

    @contextlib.contextmanager
    def watched(_: object) -> Iterator[threading.Event]:
        yield pressed

    monkeypatch.setattr(interruption, 'watched', watched)
    return lambda _: pressed.set()


def test_ctrl_c_while_it_is_looked_for_what_is_in_a_project_leaves_it(
    house: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.plot('home')
    made = plan(house, named('home'))
    house.cloud.before(('*', 'GET', '/keys$'), _interrupt(monkeypatch))
    applied = apply(house, made)
    assert results(applied) == {'home': Result.UNTRIED}
    assert deletes(house) == []
