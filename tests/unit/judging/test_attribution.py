import datetime

from orphancleanup.judging.attribution import Certainty, attribute
from orphancleanup.judging.trials import Ending, TestRun, Trial
from orphancleanup.model import Project, Ref
from orphancleanup.report import tests
from tests.unit.inventories import thing

NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
VOLUMES = 'tempest.api.volume.test_volumes_get.VolumesGetTest'
SERVERS = 'tempest.api.compute.servers.test_servers.ServersTestJSON'
NAMESAKE = 'tempest.api.compute.servers.test_list.ServersTestJSON'


def at(seconds: float) -> datetime.datetime:
    return NOON + datetime.timedelta(seconds=seconds)


def trial(name: str, ending: Ending, began: float | None, ended: float | None, failure: str = '') -> Trial:
    class_name = name.rpartition('.')[0]
    times = (at(began) if began is not None else None, at(ended) if ended is not None else None)
    return Trial(name, class_name, ending, *times, failure)


RUN = TestRun(
    (
        trial(f'{VOLUMES}.test_one', Ending.FAILED, 10, 20, 'it is broken'),
        trial(f'{VOLUMES}.test_two', Ending.PASSED, 30, 40),
        trial(f'{SERVERS}.test_boot', Ending.PASSED, 12, 18),
        trial(f'{SERVERS}.test_hang', Ending.KILLED, 50, None),
        trial(f'{NAMESAKE}.test_list', Ending.PASSED, 60, 61),
    ),
    'results',
)
PROJECTS = {'alpha': Project('alpha', 'tempest-VolumesGetTest-99'), 'beta': Project('beta', 'customer')}


def left(*resources, run=RUN, projects=PROJECTS, ahead=0.0):  # type: ignore[no-untyped-def]
    return attribute(resources, projects, run, datetime.timedelta(seconds=ahead))


def one(*resources, **told):  # type: ignore[no-untyped-def]
    (match,) = left(*resources, **told).matches
    return match


def test_the_class_in_a_name_and_the_time_tell_the_test() -> None:
    match = one(thing('v', name='tempest-VolumesGetTest-Volume-7', created_at=at(15), project_id='beta'))
    assert (match.test, match.certainty) == (f'{VOLUMES}.test_one', Certainty.CERTAIN)
    assert (match.ending, match.failure) == (Ending.FAILED, 'it is broken')
    assert 'its name has the class' in match.how


def test_a_thing_without_a_name_belongs_to_the_class_of_its_project() -> None:
    match = one(thing('v', name='', created_at=at(35)))
    assert (match.test, match.certainty) == (f'{VOLUMES}.test_two', Certainty.CERTAIN)
    assert 'its project is tempest-VolumesGetTest-99' in match.how


def test_in_a_project_that_is_gone_what_else_is_in_it_tells_the_class() -> None:
    named = thing('s', name='tempest-VolumesGetTest-x-1', created_at=at(15), project_id='gone')
    nameless = thing('v', name='', created_at=at(35), project_id='gone')
    assert [(match.test, match.certainty) for match in left(named, nameless).matches] == [
        (f'{VOLUMES}.test_one', Certainty.CERTAIN),
        (f'{VOLUMES}.test_two', Certainty.CERTAIN),
    ]


def test_what_was_made_before_the_first_test_was_made_by_the_set_up_of_the_class() -> None:
    match = one(thing('v', created_at=at(3)))
    assert (match.test, match.certainty) == (VOLUMES, Certainty.LIKELY)
    assert 'by its set-up' in match.how


def test_between_two_tests_the_class_is_told_and_the_tests_that_may_have_made_it() -> None:
    match = one(thing('v', created_at=at(25)))
    assert (match.test, match.certainty) == (VOLUMES, Certainty.LIKELY)
    assert match.candidates == (f'{VOLUMES}.test_one', f'{VOLUMES}.test_two')
    assert match.how == 'its project is tempest-VolumesGetTest-99'


def test_without_a_time_only_the_class_is_told() -> None:
    match = one(thing('v', created_at=None))
    assert (match.test, match.certainty) == (VOLUMES, Certainty.LIKELY)
    assert match.how == 'its project is tempest-VolumesGetTest-99'


def test_what_was_made_before_a_set_up_failed_was_made_by_that_set_up() -> None:
    failed = Trial(f'setUpClass ({VOLUMES})', VOLUMES, Ending.FAILED, at(30), at(30), 'no quota is left')
    run = TestRun((trial(f'{VOLUMES}.test_one', Ending.NOT_RUN, None, None), failed))
    match = one(thing('v', created_at=at(3)), run=run)
    assert (match.test, match.ending, match.failure) == (VOLUMES, Ending.FAILED, 'no quota is left')
    assert match.candidates == (failed.id,)
    assert 'by its set-up' in match.how


def test_of_two_classes_of_one_name_the_time_tells_which_but_not_for_certain() -> None:
    name = 'tempest-ServersTestJSON-server-1'
    match = one(thing('s', name=name, created_at=at(60), project_id='beta'), run=without_the_killed())
    assert (match.test, match.certainty) == (f'{NAMESAKE}.test_list', Certainty.LIKELY)


def without_the_killed() -> TestRun:
    return TestRun(tuple(each for each in RUN.trials if each.ending is not Ending.KILLED))


def test_what_was_killed_ran_to_the_end() -> None:
    name = 'tempest-ServersTestJSON-server-1'
    match = one(thing('s', name=name, created_at=at(55), project_id='beta'))
    assert (match.test, match.ending) == (f'{SERVERS}.test_hang', Ending.KILLED)


def test_without_a_class_the_only_test_that_ran_then_is_possible() -> None:
    match = one(thing('x', name='golden', created_at=at(33), project_id='beta'))
    assert (match.test, match.certainty) == (f'{VOLUMES}.test_two', Certainty.POSSIBLE)
    assert match.how == 'it ran when this was created'


def test_without_a_class_all_that_ran_then_are_possible() -> None:
    match = one(thing('x', name='golden', created_at=at(15), project_id='beta'))
    assert match.certainty is Certainty.POSSIBLE
    assert set(match.candidates) == {f'{VOLUMES}.test_one', f'{SERVERS}.test_boot'}
    assert match.test == f'{VOLUMES}.test_one or {SERVERS}.test_boot'
    assert (match.ending, match.how) == (Ending.FAILED, 'these ran when this was created')


def test_of_many_that_ran_then_the_one_that_failed_is_named_and_the_others_are_counted() -> None:
    endings = {'a': Ending.SKIPPED, 'b': Ending.PASSED, 'c': Ending.FAILED, 'd': Ending.PASSED}
    run = TestRun(tuple(trial(f'{VOLUMES}.{name}', ending, 10, 20) for name, ending in endings.items()))
    match = one(thing('x', name='golden', created_at=at(15), project_id='beta'), run=run)
    assert (match.test, match.ending) == (f'{VOLUMES}.c or {VOLUMES}.b or 2 more', Ending.FAILED)
    three = TestRun(run.trials[1:])
    match = one(thing('x', name='golden', created_at=at(15), project_id='beta'), run=three)
    assert match.test == f'{VOLUMES}.c or {VOLUMES}.b or 1 more'


def test_what_was_there_before_the_run_is_matched_with_nothing() -> None:
    found = left(thing('x', name='golden', created_at=at(-500), project_id='beta'))
    assert (found.matches, found.unmatched) == ((), (Ref('thing', 'x'),))


def test_the_clock_of_the_cloud_may_be_ahead() -> None:
    resource = thing('v', created_at=at(15 + 3600))
    assert one(resource, ahead=3600.0).test == f'{VOLUMES}.test_one'
    assert one(resource).test != f'{VOLUMES}.test_one'


def test_what_another_run_of_the_same_class_has_left_is_not_this_one_s() -> None:
    """A leak of yesterday has the name of the class, too."""
    whole = TestRun(tuple(each for each in RUN.trials if each.ending is not Ending.KILLED))
    for hours in (-24, 24):
        found = left(thing('v', name='tempest-VolumesGetTest-1', created_at=at(hours * 3600)), run=whole)
        assert (found.matches, found.unmatched) == ((), (Ref('thing', 'v'),))
    for seconds in (10 - 901, 61 + 901):
        assert left(thing('v', created_at=at(seconds)), run=whole).matches == ()
    for seconds in (10 - 900, 61 + 900):
        assert one(thing('v', created_at=at(seconds)), run=whole).certainty is Certainty.LIKELY


def test_what_was_made_after_the_last_word_of_a_run_that_was_killed_may_be_its_own() -> None:
    name = 'tempest-ServersTestJSON-server-1'
    match = one(thing('s', name=name, created_at=at(3600), project_id='beta'))
    assert match.test == f'{SERVERS}.test_hang'


def test_a_run_that_tells_no_times_tells_the_class_of_anything() -> None:
    run = TestRun((trial(f'{VOLUMES}.test_one', Ending.FAILED, None, None),))
    assert one(thing('v', created_at=at(86400)), run=run).test == VOLUMES


def test_what_two_classes_have_left_in_a_project_that_is_gone_is_not_told_to_be_of_one_for_certain() -> None:
    found = left(
        thing('a', name='tempest-VolumesGetTest-1', created_at=at(15), project_id='gone'),
        thing('b', name='tempest-ServersTestJSON-1', created_at=at(15), project_id='gone'),
        thing('nameless', name='', created_at=at(35), project_id='gone'),
        run=without_the_killed(),
    )
    match = found.by_ref[Ref('thing', 'nameless')]
    assert (match.test, match.certainty) == (f'{VOLUMES}.test_two', Certainty.LIKELY)


def test_a_creation_in_whole_seconds_is_not_before_its_test() -> None:
    run = TestRun((trial(f'{VOLUMES}.test_one', Ending.PASSED, 10.7, 10.9),))
    assert one(thing('v', created_at=at(10)), run=run).certainty is Certainty.CERTAIN


def test_of_two_tests_one_after_the_other_the_one_that_ran_then_is_told() -> None:
    run = TestRun(
        (trial(f'{VOLUMES}.a', Ending.PASSED, 10, 14.5), trial(f'{VOLUMES}.b', Ending.PASSED, 15, 20))
    )
    assert one(thing('v', created_at=at(15)), run=run).test == f'{VOLUMES}.b'
    assert one(thing('v', created_at=at(13)), run=run).test == f'{VOLUMES}.a'


def test_tests_that_failed_come_first_then_those_that_were_killed() -> None:
    found = left(
        thing('a', created_at=at(35)),
        thing('b', name='tempest-ServersTestJSON-1', created_at=at(55), project_id='beta'),
        thing('c', created_at=at(15)),
        thing('d', name='old', created_at=at(-500), project_id='beta'),
    )
    assert [matches[0].ending for matches in tests.groups(found)] == [
        Ending.FAILED,
        Ending.KILLED,
        Ending.PASSED,
    ]
    lines = tests.lines(found)
    assert (
        lines[0] == 'Test run results: 5 tests: 1 failed, 1 killed, 3 passed. It was killed before its end.'
    )
    assert lines[1] == f'Left by {VOLUMES}.test_one (failed): 1 resource.'
    assert lines[2] == '  it is broken'
    assert lines[3].startswith('  thing:c c: certain: ')
    assert lines[-1] == 'No test of this run can be told to have made: thing:d.'


def test_many_are_counted() -> None:
    found = left(*(thing(str(number), created_at=at(15)) for number in range(25)))
    assert tests.lines(found)[-1] == '  and 15 more'
    document = tests.document(found)
    assert document is not None
    assert len(document['leaking'][0]['resources']) == 25


def test_what_a_class_made_whose_tests_never_had_their_turn_was_left_by_a_run_that_was_killed() -> None:
    run = TestRun((trial(f'{VOLUMES}.test_one', Ending.NOT_RUN, None, None),))
    match = one(thing('v', created_at=at(15)), run=run)
    assert (match.test, match.ending, match.certainty) == (VOLUMES, Ending.KILLED, Certainty.LIKELY)
    assert run.is_cut


def test_tests_whose_set_up_was_skipped_were_not_killed() -> None:
    skipped = Trial(f'setUpClass ({VOLUMES})', VOLUMES, Ending.SKIPPED, at(1), at(1))
    run = TestRun((trial(f'{VOLUMES}.test_one', Ending.NOT_RUN, None, None), skipped))
    assert not run.is_cut
