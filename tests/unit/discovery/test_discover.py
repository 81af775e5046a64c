"""What was not read is never taken for empty."""

import dataclasses
import math

import pytest

from orphancleanup import runs
from orphancleanup.api import Cloud
from orphancleanup.discovery import discover
from orphancleanup.errors import ApiError, IncompleteListing, ListingMoved, PartlyListed, Unreachable
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Inventory, Project, Ref, Resource
from tests.unit.storehouse import SERVICE, Bits, Storehouse, Things, registry

EVERYTHING = Request(Selection(everything=True))


def survey(house: Storehouse) -> Inventory:
    return runs.survey(house.site(), ['thing', 'bit', 'box'])


def test_every_kind_is_listed_once(house: Storehouse) -> None:
    house.thing('one')
    found = survey(house)
    assert set(found.resources) == {Ref('thing', 'one')}
    assert found.listed == {'thing', 'bit', 'box'}
    assert sorted(house.cloud.sent('GET', SERVICE)) == ['/bits', '/boxes', '/things']


def test_what_kinds_ask_keystone_alike_is_asked_once(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the survey itself asks first, too: the list of projects."""
    survey(house)
    by_itself = house.cloud.sent('GET', 'identity')
    plain = Things.discover

    def discover(self: Things, cloud: Cloud) -> list[Resource]:
        for path in ('/roles', '/projects'):
            cloud.service('identity').get(path)
        return list(plain(self, cloud))

    # The bits have it from the things.
    monkeypatch.setattr(Things, 'discover', discover)
    house.cloud.requests.clear()
    survey(house)
    assert house.cloud.sent('GET', SERVICE).count('/bits') == 1
    assert len(house.cloud.sent('GET', 'identity')) == len(by_itself) + 1
    discover(Things(), house.cloud)
    assert len(house.cloud.sent('GET', 'identity')) == len(by_itself) + 3


def test_a_listing_that_fails_is_unread_and_not_empty(house: Storehouse) -> None:
    house.thing('one')
    house.cloud.fail((SERVICE, 'GET', '/things'), Unreachable('503'), times=math.inf)
    found = survey(house)
    assert [str(unread.scope) for unread in found.unread] == ['thing']
    assert not found.is_read('thing')
    assert not found.is_gone(Ref('thing', 'one'))


def test_a_page_that_fails_leaves_nothing_of_the_kind(house: Storehouse) -> None:
    for number in range(2500):
        house.thing(f'thing-{number}')
    house.cloud.fail((SERVICE, 'GET', '/things'), ApiError(500, 'oops'), times=math.inf, after=2)
    found = survey(house)
    assert not [resource for resource in found if resource.kind == 'thing']
    assert 'Page 3' in found.unread[0].why


@pytest.mark.parametrize(('times', 'unread'), [(2, []), (3, ['thing'])])
def test_a_listing_that_changes_while_it_is_read_is_read_again(
    house: Storehouse, times: int, unread: list[str]
) -> None:
    house.thing('one')
    house.cloud.fail((SERVICE, 'GET', '/things'), ListingMoved('it shrank'), times=times)
    found = survey(house)
    assert [str(each.scope) for each in found.unread] == unread
    assert found.is_read('thing') is not bool(unread)


def test_pages_are_followed_to_the_end(house: Storehouse) -> None:
    for number in range(2500):
        house.thing(f'thing-{number}')
    assert len(survey(house).resources) == 2500


def test_an_absent_service_is_said_so_and_is_no_failure(house: Storehouse) -> None:
    house.cloud.remove_service(SERVICE)
    found = survey(house)
    assert set(found.absent) == {'thing', 'bit', 'box'}
    assert not found.unread
    assert found.is_gone(Ref('thing', 'one'))


def test_a_handler_that_stumbles_makes_its_kind_unread(house: Storehouse) -> None:
    house.thing('one', created_at='yesterday')
    house.bit('bit')
    found = survey(house)
    assert [str(unread.scope) for unread in found.unread] == ['thing']
    assert 'tell its author' in found.unread[0].why
    assert Ref('bit', 'bit') in found.resources


@pytest.mark.parametrize('look_up', [0, 1])
def test_projects_that_cannot_be_read_are_not_missing(house: Storehouse, look_up: int) -> None:
    house.thing('one', project_id='ghost')
    target = ('identity', 'GET', '/projects')
    house.cloud.fail(target, Unreachable('no keystone'), times=math.inf, after=2 * look_up)
    result = runs.review(house.site(), Request(Selection(orphans=True)))
    assert not result.inventory.known_projects
    assert not result.plan.entries
    assert str(result.inventory.unread[0].scope) == 'the list of projects'


@pytest.mark.parametrize(('project', 'readings'), [('beta', 1), ('', 1), ('ghost', 2)])
def test_projects_are_read_again_where_something_is_in_none_of_them(
    house: Storehouse, project: str, readings: int
) -> None:
    house.project('beta')
    house.thing('one', project_id=project)
    found = survey(house)
    asked = house.cloud.sent('GET', 'identity')
    by_id = ['/projects/ghost'] * (project == 'ghost')
    # Those that stand for domains by themselves, and both past the end.
    assert asked == ['/projects'] * 4 * readings + by_id
    assert found.known_projects


def test_a_project_made_while_everything_is_listed_lives(house: Storehouse) -> None:
    def begin(_: object) -> None:
        house.project('new')
        house.thing('one', project_id='new')

    house.cloud.before((SERVICE, 'GET', '/things'), begin)
    found = survey(house)
    assert found.known_projects
    assert 'new' in found.projects


def test_an_empty_project_list_is_no_list(house: Storehouse) -> None:
    house.thing('one')
    house.cloud.projects.clear()
    assert not runs.review(house.site(), Request(Selection(orphans=True))).plan.entries


def test_a_project_that_vanishes_meanwhile_is_not_dead(house: Storehouse) -> None:
    house.thing('one', project_id='beta')
    house.project('beta')
    house.cloud.before((SERVICE, 'GET', '/things'), lambda _: house.cloud.projects.pop('beta'))
    result = runs.review(house.site(), Request(Selection(orphans=True)))
    assert not result.plan.entries


def test_a_disabled_project_is_not_dead(house: Storehouse) -> None:
    house.thing('one', project_id='asleep')
    house.cloud.projects['asleep'] = Project('asleep', 'asleep', 'default', is_enabled=False)
    assert not runs.review(house.site(), Request(Selection(orphans=True))).plan.entries


def test_a_parent_made_between_two_listings_is_not_missing(house: Storehouse) -> None:
    house.bit('bit', hangs_on=['late'])
    house.cloud.before((SERVICE, 'GET', '/things/late'), lambda _: house.thing('late'))
    result = runs.review(house.site(), Request(Selection(orphans=True)))
    assert not result.plan.entries
    assert Ref('thing', 'late') in result.inventory.resources


def test_a_parent_about_which_nothing_can_be_learned_is_not_missing(house: Storehouse) -> None:
    house.bit('bit', hangs_on=['lost'])
    house.cloud.fail((SERVICE, 'GET', '/things/lost'), Unreachable('504'), times=math.inf)
    result = runs.review(house.site(), Request(Selection(orphans=True)))
    assert not result.plan.entries
    assert str(result.inventory.unread[0].scope) == 'whether thing:lost exists'
    assert not result.inventory.is_gone(Ref('thing', 'lost'))


def test_a_missing_parent_makes_an_orphan(house: Storehouse) -> None:
    house.bit('bit', hangs_on=['lost'])
    result = runs.review(house.site(), Request(Selection(orphans=True)))
    assert [entry.ref for entry in result.plan.entries] == [Ref('bit', 'bit')]


def test_an_owner_whose_parts_cannot_be_read_stays_with_its_neighbours(house: Storehouse) -> None:
    house.box('box', 'part')
    house.thing('part')
    house.thing('elsewhere', project_id='ghost')
    house.cloud.fail((SERVICE, 'GET', '/boxes/box/content'), ApiError(500, 'broken'), times=math.inf)
    result = runs.review(house.site(), EVERYTHING)
    decisions = {verdict.resource.id: verdict.decision for verdict in result.verdicts}
    assert decisions == {'box': Decision.KEEP, 'part': Decision.KEEP, 'elsewhere': Decision.REMOVE}
    assert str(result.inventory.unread[0].scope) == 'what box:box holds'


def test_an_owner_that_goes_while_it_is_asked_is_no_failure(house: Storehouse) -> None:
    house.box('box')
    house.cloud.before((SERVICE, 'GET', '/boxes/box/content'), lambda _: house.boxes.remove('box'))
    house.contents.clear()
    assert not survey(house).unread


def test_a_dry_run_changes_nothing(house: Storehouse) -> None:
    house.thing('one')
    house.bit('bit', hangs_on=['one'])
    house.box('box', 'one')
    runs.review(house.site(), EVERYTHING)
    assert house.cloud.read_only
    assert {request.method for request in house.cloud.requests} == {'GET'}


def test_what_is_read_follows_what_is_selected() -> None:
    assert discover.needed(registry(), ['bit']) == {'bit', 'thing'}
    assert discover.needed(registry(), ['thing']) == {'thing', 'bit', 'box'}


def test_only_what_is_needed_is_read(house: Storehouse) -> None:
    runs.review(house.site(), Request(Selection(everything=True), Reach(kinds=frozenset({'bit'}))))
    assert '/boxes' not in house.cloud.sent('GET', SERVICE)


def test_what_a_resource_names_although_nobody_knew_is_read_once_more(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bit that changes a box: neither kind says anything about the other."""
    plain = Bits.discover

    def discover(self: Bits, cloud: Cloud) -> list[Resource]:
        return [dataclasses.replace(each, alters=(Ref('box', 'box'),)) for each in plain(self, cloud)]

    monkeypatch.setattr(Bits, 'discover', discover)
    house.thing('one')
    house.bit('bit', hangs_on=['one'])
    house.box('box')
    request = Request(Selection(everything=True), Reach(kinds=frozenset({'bit'})))
    review = runs.review(house.site(), request)
    assert review.inventory.listed == {'thing', 'bit', 'box'}
    (verdict,) = (each for each in review.verdicts if each.resource.ref == Ref('bit', 'bit'))
    assert [guard.code for guard in verdict.guards] == ['alters-kept']
    assert house.cloud.sent('GET', SERVICE).count('/boxes') == 1
    # Of a kind that nobody brings it is not looked for.
    monkeypatch.setattr(Bits, 'discover', plain)
    house.cloud.requests.clear()
    runs.review(house.site(), request)
    assert house.cloud.sent('GET', SERVICE).count('/bits') == 1


def test_the_callers_own_things_and_service_projects_are_always_kept(house: Storehouse) -> None:
    house.cloud.projects['svc'] = Project('svc', 'service', 'default')
    house.thing('user-admin')
    house.thing('of-nova', project_id='svc')
    result = runs.review(house.site(), EVERYTHING)
    guards = {verdict.resource.id: [guard.code for guard in verdict.guards] for verdict in result.verdicts}
    assert guards == {'user-admin': ['own'], 'of-nova': ['service-project']}


def test_a_limited_reach_selects_only_what_it_names(house: Storehouse) -> None:
    house.thing('one')
    house.bit('bit')
    result = runs.review(house.site(), Request(Selection(everything=True), Reach(kinds=frozenset({'bit'}))))
    assert [entry.ref for entry in result.plan.entries] == [Ref('bit', 'bit')]


def test_a_baseline_of_unknown_projects_is_not_made(house: Storehouse) -> None:
    house.cloud.fail(('identity', 'GET', '/projects'), Unreachable('no keystone'), times=math.inf)
    with pytest.raises(IncompleteListing):
        runs.save_state(house.site())


def test_a_kind_that_could_not_be_read_is_not_complete_in_the_baseline(house: Storehouse) -> None:
    house.thing('one')
    house.cloud.fail((SERVICE, 'GET', '/bits'), Unreachable('503'), times=math.inf)
    saved = runs.save_state(house.site()).baseline
    assert saved.complete == {'thing', 'box'}
    assert saved.has(Ref('thing', 'one'))


def test_a_kind_without_its_service_is_not_complete_in_the_baseline(house: Storehouse) -> None:
    house.cloud.remove_service(SERVICE)
    saved = runs.save_state(house.site())
    assert saved.baseline.complete == frozenset()
    assert set(saved.absent) == {'thing', 'bit', 'box'}
    assert not saved.unread


def test_the_difference_to_a_baseline(house: Storehouse) -> None:
    house.thing('stays')
    house.thing('goes')
    saved = runs.save_state(house.site()).baseline
    house.things.remove('goes')
    house.thing('comes')
    found = runs.diff(house.site(), saved).differences
    assert [(difference.ref.id, difference.change) for difference in found] == [
        ('comes', 'appeared'),
        ('goes', 'vanished'),
    ]


def test_explaining_names_holders_steps_and_evidence(house: Storehouse) -> None:
    house.thing('one', used_by=['two'])
    house.thing('two')
    told = runs.explain(
        house.site(), Ref('thing', 'one'), Request(Selection(refs=frozenset({Ref('thing', 'one')})))
    )
    assert told.verdict is not None
    assert [guard.code for guard in told.verdict.guards] == ['in-use']
    assert [holder.id for holder in told.holders] == ['two']
    assert [step.name for step in told.steps] == ['delete', 'reset', 'force-delete']
    assert told.evidence[0].text == 'the storehouse is on fire near one'
    assert told.project == 'alpha (alpha)'


def test_explaining_judges_with_the_owner_in_sight(house: Storehouse) -> None:
    house.box('box', 'part')
    house.thing('part')
    told = runs.explain(house.site(), Ref('thing', 'part'), EVERYTHING)
    assert told.verdict is not None
    assert told.verdict.decision is Decision.HELD


def test_explaining_what_is_gone_says_so(house: Storehouse) -> None:
    told = runs.explain(house.site(), Ref('thing', 'one'), EVERYTHING)
    assert told.resource is None


def test_explaining_what_may_be_there_does_not_say_that_it_is_gone(house: Storehouse) -> None:
    house.cloud.fail((SERVICE, 'GET', '/things/one'), Unreachable('504 of a proxy'), times=math.inf)
    with pytest.raises(IncompleteListing, match='504 of a proxy'):
        runs.explain(house.site(), Ref('thing', 'one'), EVERYTHING)


def test_what_is_made_while_a_baseline_is_taken_is_new(house: Storehouse) -> None:
    house.cloud.latency = 300.0
    started = house.cloud.clock.now()
    assert runs.save_state(house.site()).baseline.created_at == started


@pytest.mark.parametrize(('margin', 'unresolved'), [(3600.0, []), (60.0, ['one'])])
def test_the_margin_of_the_clocks_is_the_configured_one(
    house: Storehouse, margin: float, unresolved: list[str]
) -> None:
    saved = runs.save_state(house.site()).baseline
    house.thing('one', created_at='2026-02-28T23:30:00+00:00')
    site = house.site()
    guards = dataclasses.replace(site.settings.guards, clock_margin=margin)
    site = dataclasses.replace(site, settings=dataclasses.replace(site.settings, guards=guards))
    plan = runs.review(site, Request(Selection(baseline=saved))).plan
    assert [each.ref.id for each in plan.unresolved] == unresolved
    assert [each.ref.id for each in plan.entries] == ([] if unresolved else ['one'])


def shut(monkeypatch: pytest.MonkeyPatch, project: str) -> None:
    """Let the things of a project be shown to nobody."""
    plain = Things.discover

    def discover(self: Things, cloud: Cloud) -> list[Resource]:
        found = [each for each in plain(self, cloud) if each.project_id != project]
        raise PartlyListed(found, {project: 'no role there'})

    monkeypatch.setattr(Things, 'discover', discover)


def test_a_project_that_shows_nothing_is_unread_and_the_others_are_there(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.thing('one')
    shut(monkeypatch, 'elsewhere')
    found = survey(house)
    assert Ref('thing', 'one') in found.resources
    assert {str(each.scope): each.why for each in found.unread}[
        'thing of project elsewhere'
    ] == 'no role there'
    assert not found.is_read('thing')


def test_what_a_handler_gives_with_an_unread_project_is_checked(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def discover(self: Things, cloud: Cloud) -> list[Resource]:
        raise PartlyListed([Resource(Ref('else', 'one'))], {'elsewhere': 'no role there'})

    monkeypatch.setattr(Things, 'discover', discover)
    found = survey(house)
    assert 'tell its author' in str([each.why for each in found.unread])
    assert not found.resources
