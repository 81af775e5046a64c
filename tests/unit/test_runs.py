"""What a script that calls ``runs`` is refused, just as the command line is."""

import dataclasses
import datetime
import json
import math
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.errors import (
    ConfigurationError,
    IncompleteListing,
    JournalError,
    NotFound,
    OrphancleanupError,
    PlanError,
    ReadOnlyViolation,
    SavedStateError,
    Unreachable,
    UsageError,
)
from orphancleanup.judging.baseline import Baseline
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import KeepPattern, Protection, Reach, Request, Selection
from orphancleanup.model import CloudIdentity, Ref
from orphancleanup.outcome import Result
from orphancleanup.settings import ExecutionSettings, Limits
from orphancleanup.site import Site
from orphancleanup.storing import documents, journal, plan_file
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, ADMIN_USER
from tests.unit.storehouse import SERVICE, Storehouse

EVERYTHING = Request(Selection(everything=True))
ELSEWHERE = CloudIdentity('http://other/v3', 'RegionOne', ADMIN_USER, ADMIN_PROJECT, 'other-cloud')
HOUR = datetime.timedelta(hours=1)


def plan(house: Storehouse, request: Request = EVERYTHING) -> Plan:
    return runs.review(house.site(), request).plan


def limited(house: Storehouse, **limits: object) -> Site:
    site = house.site()
    settings = dataclasses.replace(
        site.settings,
        limits=dataclasses.replace(site.settings.limits, **limits),  # type: ignore[arg-type]
    )
    return dataclasses.replace(site, settings=settings)


def results(applied: runs.Applied) -> dict[str, Result]:
    return {outcome.ref.id: outcome.result for outcome in applied.outcomes}


def removals(house: Storehouse) -> list[str]:
    return house.cloud.sent('DELETE')


def of_elsewhere(house: Storehouse) -> Baseline:
    return dataclasses.replace(runs.save_state(house.site()).baseline, cloud=ELSEWHERE)


def begun(house: Storehouse, made: Plan, *records: dict[str, object]) -> RunFolder:
    """Return the folder of a run that was killed after these records."""
    folder = house.folder()
    folder.plan.write_text(plan_file.dump(made))
    with journal.Journal.open(folder.journal) as written:
        written.write(*records)
    return folder


def start(made: Plan) -> dict[str, object]:
    return {'event': 'start', 'run_id': 'run', 'digest': plan_file.digest(made)}


def grant(**fields: str) -> dict[str, object]:
    return {
        'event': 'grant',
        'project_id': 'alpha',
        'user_id': ADMIN_USER,
        'role_id': 'role-member',
        **fields,
    }


# The baseline


@pytest.mark.parametrize(
    'act',
    [
        lambda site, baseline: runs.review(site, Request(Selection(baseline=baseline))),
        lambda site, baseline: runs.explain(site, Ref('thing', 'a'), Request(Selection(baseline=baseline))),
        runs.diff,
        runs.check_baseline,
    ],
)
def test_a_baseline_of_another_cloud_is_refused_before_anything_is_read(house: Storehouse, act) -> None:  # type: ignore[no-untyped-def]
    house.thing('a')
    baseline = of_elsewhere(house)
    house.cloud.requests.clear()
    with pytest.raises(SavedStateError, match='is another one'):
        act(house.site(), baseline)
    assert house.cloud.requests == []


def test_a_baseline_that_does_not_tell_its_cloud_is_refused(house: Storehouse) -> None:
    baseline = dataclasses.replace(of_elsewhere(house), cloud=None, projects={'p': 'theirs'})
    with pytest.raises(SavedStateError, match='does not tell which cloud'):
        runs.review(house.site(), Request(Selection(baseline=baseline)))
    ours = {house.site().cloud.identity.project_id: 'ours'}
    runs.check_baseline(house.site(), dataclasses.replace(baseline, projects=ours))


def test_a_baseline_of_nothing_is_not_made(house: Storehouse) -> None:
    house.thing('a')
    house.cloud.fail((SERVICE, 'GET', ''), NotFound.of(403, 'Policy does not allow it.'), times=math.inf)
    with pytest.raises(IncompleteListing, match=r'not one kind could be read .* with the role admin'):
        runs.save_state(house.site())


def test_a_baseline_of_unknown_projects_says_what_it_takes(house: Storehouse) -> None:
    house.cloud.fail(('identity', 'GET', '^/projects'), NotFound.of(403, 'Not allowed.'), times=math.inf)
    with pytest.raises(IncompleteListing, match=r'the projects could not be read .* with the role admin\.'):
        runs.save_state(house.site())


# What is asked for


@pytest.mark.parametrize(
    'selection',
    [
        Request(Selection()),
        Request(Selection(refs=frozenset({Ref('think', 'a')}))),
        Request(Selection(stuck=-HOUR)),
        Request(Selection(stuck=datetime.timedelta())),
        Request(Selection(everything=True), Reach(kinds=frozenset({'things'}))),
        Request(Selection(everything=True), protection=Protection(patterns=(KeepPattern('think', '*'),))),
        Request(Selection(everything=True), protection=Protection(excluded=frozenset({'things'}))),
        Request(Selection(refs=frozenset({Ref('thing', 'a')})), Reach(kinds=frozenset({'bit'}))),
        Request(Selection(everything=True), protection=Protection(older_than=-HOUR)),
        Request(Selection(everything=True), protection=Protection(older_than=datetime.timedelta())),
    ],
)
def test_what_would_select_more_or_keep_less_than_was_meant_is_refused(
    house: Storehouse, selection: Request
) -> None:
    with pytest.raises(UsageError):
        runs.review(house.site(), selection)
    assert house.cloud.requests == []


def test_a_survey_of_a_kind_that_nobody_knows_is_refused(house: Storehouse) -> None:
    with pytest.raises(UsageError, match="No handler knows the kind 'think'"):
        runs.survey(house.site(), ['think'])


def test_a_project_that_nobody_knows_is_refused_unless_it_may_be_in_what_was_not_read(
    house: Storehouse,
) -> None:
    house.thing('a', project_id='dead')
    request = Request(Selection(everything=True), Reach(projects=frozenset({'alhpa', 'dead'})))
    with pytest.raises(UsageError, match="'alhpa': no project has this id"):
        runs.review(house.site(), request)
    dead = Request(Selection(everything=True), Reach(projects=frozenset({'dead'})))
    assert [entry.ref.id for entry in plan(house, dead).entries] == ['a']
    house.cloud.fail((SERVICE, 'GET', '^/bits'), Unreachable('503'), times=math.inf)
    assert runs.review(house.site(), request).plan.unread


@pytest.mark.parametrize(
    ('home', 'said'), [('dead', 'project (missing) dead'), ('alpha', 'project alpha'), ('', 'no project')]
)
def test_what_is_named_outside_of_the_projects_that_are_named_is_no_clean_cloud(
    house: Storehouse, home: str, said: str
) -> None:
    house.project('beta')
    house.thing('a', project_id=home)
    named = Selection(refs=frozenset({Ref('thing', 'a')}))
    with pytest.raises(UsageError) as refused:
        runs.review(house.site(), Request(named, Reach(projects=frozenset({'beta'}))))
    assert str(refused.value).startswith(f'--resource thing:a is in {said}, and --project does not name that')
    with_home = Reach(projects=frozenset({'beta', home}) - {''})
    if home:
        assert [entry.ref.id for entry in plan(house, Request(named, with_home)).entries] == ['a']


def test_what_is_in_the_caller_s_own_project_needs_more_than_everything(house: Storehouse) -> None:
    house.thing('mine', project_id=ADMIN_PROJECT)
    house.thing('yours')
    (verdict,) = (
        each for each in runs.review(house.site(), EVERYTHING).verdicts if each.resource.id == 'mine'
    )
    assert [guard.code for guard in verdict.guards] == ['own-project']
    by_name = Request(Selection(everything=True), Reach(projects=frozenset({ADMIN_PROJECT})))
    by_prefix = Request(Selection(prefixes=('mi',)))
    for request in (by_name, by_prefix):
        assert [entry.ref.id for entry in plan(house, request).entries] == ['mine']
    assert results(runs.apply(house.site(), plan(house), house.folder())) == {'yours': Result.REMOVED}


def test_the_caller_s_own_project_keeps_what_holds_it(house: Storehouse) -> None:
    house.thing('mine', project_id=ADMIN_PROJECT)
    house.box('box', 'mine')
    assert plan(house).entries == ()


# The plan


def test_a_plan_beyond_a_limit_is_refused_unless_the_limit_is_raised(house: Storehouse) -> None:
    for number in range(5):
        house.thing(f't{number}')
    made = plan(house)
    folder = house.folder()
    with pytest.raises(PlanError, match=r'more than 4.*--max-removals 5'):
        runs.apply(limited(house, max_removals=4), made, folder)
    assert not removals(house)
    assert not folder.plan.exists()
    with pytest.raises(PlanError, match='more than 4'):
        runs.resume(limited(house, max_removals=4), begun(house, made, start(made)))
    assert not removals(house)
    assert len(results(runs.apply(limited(house, max_removals=5), made, folder))) == 5


def test_a_plan_beyond_the_share_limit_is_refused(house: Storehouse) -> None:
    for number in range(20):
        house.thing(f't{number}')
    with pytest.raises(PlanError, match='--max-share 100'):
        runs.apply(limited(house, max_share=50.0), plan(house), house.folder())
    assert not removals(house)


def test_a_plan_that_is_too_old_is_refused_and_names_the_option(house: Storehouse) -> None:
    house.thing('a')
    made = plan(house)
    house.cloud.clock.advance(25 * 3600)
    with pytest.raises(PlanError, match=r'is 1d1h old, and may be 1d: .* --max-plan-age 1d2h'):
        runs.apply(house.site(), made, house.folder())
    assert not removals(house)
    applied = runs.apply(limited(house, max_plan_age=26 * HOUR), made, house.folder())
    assert results(applied) == {'a': Result.REMOVED}


@pytest.mark.parametrize(('ahead', 'is_refused'), [(59, False), (61, True)])
def test_a_plan_of_a_time_to_come_is_refused(house: Storehouse, ahead: int, is_refused: bool) -> None:
    house.thing('a')
    made = plan(house)
    made = dataclasses.replace(made, created_at=made.created_at + datetime.timedelta(seconds=ahead))
    if is_refused:
        with pytest.raises(PlanError, match='and here it is 2026-03-01 00:00:00 UTC only'):
            runs.apply(house.site(), made, house.folder())
        with pytest.raises(PlanError, match='set the clocks right'):
            runs.resume(house.site(), begun(house, made, start(made)))
        assert not removals(house)
    else:
        assert results(runs.apply(house.site(), made, house.folder())) == {'a': Result.REMOVED}


def test_an_old_run_is_resumed(house: Storehouse) -> None:
    house.thing('a')
    made = plan(house)
    folder = begun(house, made, start(made))
    house.cloud.clock.advance(10 * 86400)
    assert results(runs.resume(house.site(), folder)) == {'a': Result.REMOVED}


@pytest.mark.parametrize('agreed', ['', 'sha256:' + '0' * 64])
def test_another_plan_than_was_agreed_to_is_refused(house: Storehouse, agreed: str) -> None:
    house.thing('a')
    made = plan(house)
    with pytest.raises(PlanError, match='is not the one that was shown and agreed to'):
        runs.apply(house.site(), made, house.folder(), agreed)
    with pytest.raises(PlanError, match='is not the one that was shown and agreed to'):
        runs.resume(house.site(), begun(house, made, start(made)), agreed)
    assert not removals(house)
    applied = runs.apply(house.site(), made, house.folder(), plan_file.digest(made))
    assert results(applied) == {'a': Result.REMOVED}


def test_a_plan_that_changed_since_it_was_shown_is_refused(house: Storehouse) -> None:
    house.thing('a')
    made = plan(house)
    shown = plan_file.digest(made)
    made.seen['thing'] = 1000  # type: ignore[index]
    with pytest.raises(PlanError, match='agreed to'):
        runs.apply(house.site(), made, house.folder(), shown)


def test_a_folder_is_for_one_run(house: Storehouse) -> None:
    house.thing('a')
    made, folder = plan(house), house.folder()
    runs.apply(house.site(), made, folder)
    house.thing('b')
    with pytest.raises(ConfigurationError, match='is the folder of another run already'):
        runs.apply(house.site(), plan(house), folder)
    folder.plan.unlink()
    with pytest.raises(ConfigurationError, match='is the folder of another run already'):
        runs.apply(house.site(), plan(house), folder)
    assert list(house.things.items) == ['b']


@pytest.mark.parametrize(
    ('change', 'sentence'),
    [
        (lambda one: (one, one), 'names a resource twice'),
        (
            lambda one: (
                dataclasses.replace(one, resource=dataclasses.replace(one.resource, ref=Ref('think', 'a'))),
            ),
            'no installed handler knows its kind',
        ),
        (lambda one: (dataclasses.replace(one, owners=(Ref('box', 'b'),)),), 'which is not in it'),
    ],
)
def test_a_plan_that_a_script_put_together_wrongly_is_refused(
    house: Storehouse, change, sentence: str
) -> None:  # type: ignore[no-untyped-def]
    house.thing('a')
    made = plan(house)
    with pytest.raises(PlanError, match=sentence):
        runs.apply(house.site(), dataclasses.replace(made, entries=change(made.entries[0])), house.folder())
    assert not removals(house)


@pytest.mark.parametrize('make', [lambda path: None, lambda path: path.touch()])
def test_a_folder_that_is_none_is_refused(house: Storehouse, tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    house.thing('a')
    make(tmp_path / 'nowhere')
    with pytest.raises(ConfigurationError, match='The plan of the run cannot be written'):
        runs.apply(house.site(), plan(house), RunFolder(tmp_path / 'nowhere'))
    with pytest.raises(PlanError, match='cannot be read'):
        runs.resume(house.site(), RunFolder(tmp_path / 'nowhere'))
    assert not removals(house)


# The resume


def test_another_plan_beside_the_journal_is_refused(house: Storehouse) -> None:
    house.thing('a')
    house.thing('b')
    whole = plan(house)
    first = dataclasses.replace(whole, entries=whole.entries[:1])
    folder = house.folder()
    runs.apply(house.site(), first, folder)
    folder.plan.write_text(plan_file.dump(whole))
    with pytest.raises(PlanError, match='is not the one that the run began with'):
        runs.resume(house.site(), folder)
    assert list(house.things.items) == ['b']


@pytest.mark.parametrize('event', ['grant', 'end'])
def test_a_journal_that_tells_no_plan_is_refused(house: Storehouse, event: str) -> None:
    house.thing('a')
    folder = begun(house, plan(house), grant(event=event))
    with pytest.raises(JournalError, match='does not tell which plan it is of'):
        runs.resume(house.site(), folder)
    assert not removals(house)


@pytest.mark.parametrize('digest', [None, 7, ''])
def test_a_start_without_its_digest_is_refused(house: Storehouse, digest: object) -> None:
    house.thing('a')
    folder = begun(house, plan(house), {'event': 'start', 'digest': digest})
    with pytest.raises(PlanError, match='is not the one that the run began with'):
        runs.resume(house.site(), folder)
    assert not removals(house)


def test_one_life_of_another_plan_is_enough_to_refuse(house: Storehouse) -> None:
    house.thing('a')
    made = plan(house)
    folder = begun(house, made, start(made), {'event': 'start', 'digest': 'sha256:other'})
    with pytest.raises(PlanError, match='began with'):
        runs.resume(house.site(), folder)


@pytest.mark.parametrize(
    'record',
    [
        {'event': 'intent', 'kind': 'thing', 'step': 'delete'},
        {'event': 'intent', 'kind': 'thing', 'id': 7, 'step': 'delete'},
        {'event': 'answer', 'kind': 'thing', 'id': 'a', 'step': 'delete', 'reply': ['refused']},
        {'event': 'answer', 'kind': 'thing', 'id': 'a', 'step': 'delete'},
        {'event': 'grant', 'project_id': 'alpha', 'user_id': ADMIN_USER},
        {'event': 'revoked', 'project_id': '', 'user_id': ADMIN_USER, 'role_id': 'r'},
    ],
)
def test_a_record_that_is_none_is_a_sentence(house: Storehouse, record: dict[str, object]) -> None:
    house.thing('a')
    made = plan(house)
    with pytest.raises(JournalError, match=r'Line 2 of the journal .* is no record of a run'):
        runs.resume(house.site(), begun(house, made, start(made), record))
    assert not removals(house)


@pytest.mark.parametrize(
    'forged', [{'user_id': 'somebody'}, {'role_id': 'role-admin'}, {'project_id': 'beta'}]
)
def test_a_role_that_the_run_cannot_have_granted_is_left_and_named(
    house: Storehouse, forged: dict[str, str]
) -> None:
    house.project('beta')
    house.thing('a')
    made = plan(house)
    record = grant(**forged)
    assignment = (str(record['project_id']), str(record['user_id']), str(record['role_id']))
    house.cloud.roles.assigned.add(assignment)
    applied = runs.resume(house.site(), begun(house, made, start(made), record))
    assert house.cloud.roles.assigned == {assignment}
    assert 'cannot have granted it: it was left as it is' in applied.warnings[0]


def test_a_role_that_the_run_can_have_granted_is_taken_back(house: Storehouse) -> None:
    house.thing('a')
    made = plan(house)
    house.cloud.roles.assigned.add(('alpha', ADMIN_USER, 'role-member'))
    applied = runs.resume(house.site(), begun(house, made, start(made), grant()))
    assert (house.cloud.roles.assigned, applied.warnings) == (set(), ())


def test_roles_whose_name_cannot_be_looked_up_are_left_and_named(house: Storehouse) -> None:
    house.thing('a')
    made = plan(house)
    house.cloud.roles.assigned.add(('alpha', ADMIN_USER, 'role-member'))
    house.cloud.fail(('identity', 'GET', '^/roles'), Unreachable('no keystone'), times=math.inf)
    applied = runs.resume(house.site(), begun(house, made, start(made), grant()))
    assert 'could not be revoked' in applied.warnings[0]


# What is looked at


def test_what_cannot_be_read_is_a_difference_that_is_not_known(house: Storehouse) -> None:
    house.thing('a')
    baseline = runs.save_state(house.site()).baseline
    house.cloud.fail((SERVICE, 'GET', '^/bits'), Unreachable('503'), times=math.inf)
    found = runs.diff(house.site(), baseline)
    assert (found.differences, found.is_same) == ((), False)
    assert [unread.scope.kind for unread in found.unread] == ['bit']


def test_a_kind_of_the_baseline_that_is_not_looked_for_is_told(house: Storehouse) -> None:
    house.thing('a')
    baseline = runs.save_state(house.site()).baseline
    house.cloud.remove_service(SERVICE)
    found = runs.diff(house.site(), baseline)
    assert (set(found.absent), found.is_same) == ({'thing'}, False)


def test_only_a_look_at_the_thing_itself_says_that_it_is_gone(house: Storehouse) -> None:
    item = house.thing('hidden')
    house.cloud.before((SERVICE, 'GET', '^/things$'), lambda _: house.things.items.pop('hidden', None))
    house.cloud.before(
        (SERVICE, 'GET', '^/things/'), lambda _: house.things.items.update(hidden=item), times=math.inf
    )
    found = runs.explain(house.site(), Ref('thing', 'hidden'), EVERYTHING)
    assert found.resource
    assert found.verdict
    assert {guard.code for guard in found.verdict.guards} == {'unread'}


def test_what_cannot_be_looked_at_is_not_gone(house: Storehouse) -> None:
    house.cloud.fail((SERVICE, 'GET', '^/things/'), Unreachable('503'), times=math.inf)
    with pytest.raises(IncompleteListing, match='Whether thing:a exists is not known: 503'):
        runs.explain(house.site(), Ref('thing', 'a'), EVERYTHING)


# Secrets


def test_no_password_of_an_address_reaches_a_file(house: Storehouse) -> None:
    house.thing('a')
    house.cloud.identity = dataclasses.replace(
        house.cloud.identity, auth_url='https://admin:hunter2@cloud:5000/v3'
    )
    made, folder = plan(house), house.folder()
    assert made.cloud.auth_url == 'https://cloud:5000/v3'
    runs.apply(house.site(), made, folder)
    kept = [path.read_text() for path in folder.path.iterdir()]
    assert kept
    assert not any('hunter2' in text for text in kept)


def test_a_plan_file_that_has_a_password_is_read_without_it(house: Storehouse) -> None:
    document = json.loads(plan_file.dump(plan(house)))
    document['cloud']['auth_url'] = 'https://admin:hunter2@cloud/v3'
    document['digest'] = documents.seal(document, 'digest')
    read = plan_file.parse(json.dumps(document), 'plan.json')
    assert read.cloud.auth_url == 'https://cloud/v3'
    assert 'hunter2' not in plan_file.dump(read)


def test_everything_that_is_refused_is_one_sentence(house: Storehouse) -> None:
    house.thing('a')
    made = plan(house)
    with pytest.raises(OrphancleanupError) as refusal:
        runs.resume(house.site(), house.folder())
    assert str(refusal.value).endswith('cannot be read: No such file or directory.')
    house.cloud.clock.advance(10**6)
    with pytest.raises(OrphancleanupError) as refusal:
        runs.apply(house.site(), made, house.folder())
    assert str(refusal.value).endswith('.')
    assert '..' not in str(refusal.value)


def test_what_follows_an_apply_on_the_same_site_only_reads(house: Storehouse) -> None:
    house.thing('a')
    site = house.site()
    runs.apply(site, runs.review(site, EVERYTHING).plan, house.folder())
    assert house.cloud.read_only
    with pytest.raises(ReadOnlyViolation):
        house.cloud.service(SERVICE).delete('/things/a')


def test_a_script_cannot_have_looks_believed_for_longer_than_a_minute() -> None:
    with pytest.raises(ConfigurationError, match='at most 60 s'):
        ExecutionSettings(freshness=61.0)


def test_a_script_cannot_set_a_limit_that_holds_for_nothing() -> None:
    with pytest.raises(ConfigurationError, match='max_share is no number'):
        Limits(max_share=math.nan)
