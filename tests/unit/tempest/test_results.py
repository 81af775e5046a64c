import contextlib
import os

import pytest

from orphancleanup.errors import UsageError
from orphancleanup.judging.trials import Ending
from orphancleanup.tempest import results
from tests.unit.tempest.streams import NETWORKS, VOLUMES, a_run, at, version_1, version_2

WHOLE = {
    f'{VOLUMES}.test_create': Ending.FAILED,
    f'{VOLUMES}.test_later': Ending.PASSED,
    f'{VOLUMES}.test_never': Ending.SKIPPED,
    f'{NETWORKS}.test_list': Ending.PASSED,
    'tempest.api.Skipped.test_show': Ending.NOT_RUN,
    'setUpClass (tempest.api.Skipped)': Ending.SKIPPED,
}
SAYS = 'tempest.lib.exceptions.DeleteErrorException: Resource 5f0c failed to delete and is in ERROR status'


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'results'


def read(path, content=None):
    if content is not None:
        path.write_bytes(content)
    return results.read(path)


def endings(run):
    return {trial.id: trial.ending for trial in run.trials}


def trial(run, name):
    (found,) = (each for each in run.trials if each.id.endswith(name))
    return found


def test_a_stream_tells_how_each_test_ended_and_when_it_ran(path):
    run = read(path, a_run())
    assert endings(run) == WHOLE
    assert not run.is_cut
    failed = trial(run, 'test_create')
    assert (failed.class_name, failed.began, failed.ended) == (VOLUMES, at(10), at(20))
    assert run.classes['NetworksTest'] == (NETWORKS,)


def test_of_a_traceback_the_line_that_says_what_went_wrong_is_told(path):
    run = read(path, a_run())
    assert trial(run, 'test_create').failure == SAYS
    assert trial(run, 'test_later').failure == ''


def test_what_had_begun_and_not_ended_was_killed(path):
    run = read(path, a_run(is_whole=False))
    killed = trial(run, 'test_list')
    assert (killed.ending, killed.began, killed.ended) == (Ending.KILLED, at(50), None)
    assert run.is_cut


def test_a_stream_that_is_cut_within_a_packet_is_read_as_far_as_it_goes(path):
    whole = a_run()
    run = read(path, whole[: len(whole) - 7])
    assert trial(run, 'test_list').ending is Ending.KILLED
    assert trial(run, 'test_create').ending is Ending.FAILED
    assert run.is_cut


def test_every_cut_of_a_stream_ends_in_a_run_or_in_a_sentence(path):
    whole = a_run()
    for length in range(0, len(whole), 11):
        with contextlib.suppress(UsageError):
            assert endings(read(path, whole[:length])).keys() <= WHOLE.keys()


def test_version_1_as_a_repository_keeps_it_tells_the_same_of_what_has_run(path):
    run = read(path, version_1(a_run()))
    expected = {name: ending for name, ending in WHOLE.items() if ending is not Ending.NOT_RUN}
    assert endings(run) == expected
    assert all(each.began and at(0) <= each.began <= at(60) for each in run.trials)
    failed = trial(run, 'test_create')
    assert (failed.began, failed.ended, failed.failure) == (at(10), at(20), SAYS)


def test_version_1_that_is_cut_was_killed(path):
    whole = version_1(a_run())
    run = read(path, whole[: whole.rindex(b'successful: ')])
    assert trial(run, 'test_list').ending is Ending.KILLED
    assert run.is_cut


def test_every_cut_of_version_1_is_read_as_far_as_it_goes_and_writes_nothing(path, capfd):
    whole = version_1(a_run())
    for length in range(0, len(whole), 7):
        with contextlib.suppress(UsageError):
            found = endings(read(path, whole[:length]))
            assert {name.partition(' [')[0] for name in found} <= WHOLE.keys()
    assert capfd.readouterr() == ('', '')


def test_version_1_that_is_cut_within_a_time_is_torn_and_keeps_what_was_told_before(path):
    whole = version_1(a_run())
    run = read(path, whole[: whole.rindex(b'time: ') + 9])
    assert run.is_torn
    assert trial(run, 'test_later').ending is Ending.PASSED


def test_a_failed_set_up_belongs_to_its_class(path):
    name = f'setUpClass ({VOLUMES})'
    run = read(path, version_2((name, 'inprogress', 1), (name, 'fail', 2)))
    assert run.of_class[VOLUMES] == (trial(run, name),)


def repository(folder, **streams):
    base = folder / '.stestr'
    base.mkdir()
    (base / 'format').write_text('1\n')
    for number, (name, content) in enumerate(streams.items()):
        file = base / name.strip('_')
        file.write_bytes(content)
        os.utime(file, (number, number))
    return base


def test_the_latest_run_of_a_repository_is_read(tmp_path):
    early = version_1(version_2(('a.B.c', 'success', 1)))
    base = repository(tmp_path, _0=early, _1=version_1(a_run()), failing=early)
    for path in (tmp_path, base):
        assert results.read(path).source == str(base / '1')


def test_of_a_run_that_was_killed_the_stream_is_still_a_temporary_file(tmp_path):
    base = repository(tmp_path, _0=version_1(a_run()), tmpab12=version_1(a_run(is_whole=False)), tmpempty=b'')
    assert results.read(tmp_path).source == str(base / 'tmpab12')


JUNIT = f"""\
<?xml version="1.0"?>
<testsuites><testsuite name="tempest">
<testcase classname="{VOLUMES}" name="test_create[id-1]" time="10.0"><failure type="testtools">Traceback (most recent
Traceback (most recent call last):
  File "x.py", line 1, in y
{SAYS}
</failure></testcase>
<testcase classname="{VOLUMES}" name="test_later" time="1.0" timestamp="2026-11-20T12:00:30+00:00"/>
<testcase classname="{NETWORKS}" name="test_list"><skipped/></testcase>
</testsuite></testsuites>
"""


def test_a_junit_file_tells_the_endings_and_mostly_no_times(path):
    run = read(path, JUNIT.encode())
    assert endings(run) == {
        f'{VOLUMES}.test_create': Ending.FAILED,
        f'{VOLUMES}.test_later': Ending.PASSED,
        f'{NETWORKS}.test_list': Ending.SKIPPED,
    }
    assert (trial(run, 'test_create').failure, trial(run, 'test_create').began) == (SAYS, None)
    assert (trial(run, 'test_later').began, trial(run, 'test_later').ended) == (at(30), at(31))


@pytest.mark.parametrize(
    ('content', 'sentence'),
    [
        (b'', 'There are no tests'),
        (b'\x00\xb3\x29 nothing', 'There are no tests'),
        (b'{"a": 1}', 'There are no tests'),
        (b'<testsuite>', 'not XML that is whole'),
        (b'<html/>', 'There are no tests'),
        (b'<?xml version="1.0" encoding="nothing"?><testsuite/>', 'not XML that is whole'),
        (b'<?xml version="1.0" encoding="utf-32"?><testsuite/>', 'not XML that is whole'),
    ],
)
def test_what_is_no_result_of_tests_is_refused(path, content, sentence):
    with pytest.raises(UsageError, match=sentence):
        read(path, content)


@pytest.mark.parametrize('seconds', ['nan', 'inf', '1e300', '-1', 'long'])
def test_a_duration_that_is_none_is_no_time_at_all(path, seconds):
    run = read(path, JUNIT.replace('time="1.0"', f'time="{seconds}"').encode())
    assert (trial(run, 'test_later').began, trial(run, 'test_later').ended) == (at(30), at(30))


@pytest.mark.parametrize('moment', ['0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59', 'noon'])
def test_a_moment_that_no_calendar_has_is_not_told(path, moment):
    run = read(path, JUNIT.replace('2026-11-20T12:00:30+00:00', moment).encode())
    assert (trial(run, 'test_later').began, trial(run, 'test_later').ended) == (None, None)


def test_a_folder_without_a_repository_is_refused(tmp_path, path):
    with pytest.raises(UsageError, match='has no repository of stestr'):
        results.read(tmp_path)
    repository(tmp_path)
    with pytest.raises(UsageError, match='No test run is in'):
        results.read(tmp_path)
    with pytest.raises(UsageError, match='cannot be read'):
        results.read(path)
