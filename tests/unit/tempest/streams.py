"""Small streams of subunit, as a run of tempest writes them."""

import datetime
import io

import subunit
import testtools

NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
VOLUMES = 'tempest.api.volume.test_volumes_get.VolumesGetTest'
NETWORKS = 'tempest.api.network.test_networks.NetworksTest'
ERROR = """\
Traceback (most recent call last):
  File "/tempest/common/waiters.py", line 340, in wait_for_resource_deletion
    raise lib_exc.DeleteErrorException(
tempest.lib.exceptions.DeleteErrorException: Resource 5f0c failed to delete and is in ERROR status
Details: in the second line
"""


def at(seconds):
    return NOON + datetime.timedelta(seconds=seconds)


def version_2(*events):
    """Return a stream of (id, status, second) and (id, file name, bytes)."""
    output = io.BytesIO()
    writer = subunit.v2.StreamResultToBytes(output)
    for identifier, what, told in events:
        if isinstance(told, bytes):
            writer.status(test_id=identifier, file_name=what, file_bytes=told, mime_type='text/plain')
        else:
            writer.status(test_id=identifier, test_status=what, timestamp=at(told))
    return output.getvalue()


def version_1(content):
    """Return a stream of version 2 as stestr keeps it in its repository."""
    output = io.BytesIO()
    hook = testtools.StreamToExtendedDecorator(subunit.TestProtocolClient(output))
    hook.startTestRun()
    subunit.ByteStreamToStreamResult(io.BytesIO(content), non_subunit_name='stdout').run(hook)
    hook.stopTestRun()
    return output.getvalue()


def a_run(is_whole=True):
    """Return a run with one of each ending; without its end when it was killed."""
    begun = (
        (f'{VOLUMES}.test_create[id-1,smoke]', 'exists', 0),
        (f'{NETWORKS}.test_list[id-2]', 'exists', 0),
        ('tempest.api.Skipped.test_show', 'exists', 0),
        ('setUpClass (tempest.api.Skipped)', 'skip', 1),
        (f'{VOLUMES}.test_create[id-1,smoke]', 'inprogress', 10),
        (f'{VOLUMES}.test_create[id-1,smoke]', 'traceback', ERROR.encode()),
        (f'{VOLUMES}.test_create[id-1,smoke]', 'fail', 20),
        (f'{VOLUMES}.test_later', 'inprogress', 30),
        (f'{VOLUMES}.test_later', 'success', 40),
        (f'{VOLUMES}.test_never', 'skip', 40),
        (f'{NETWORKS}.test_list[id-2]', 'inprogress', 50),
    )
    end = ((f'{NETWORKS}.test_list[id-2]', 'success', 60),)
    return version_2(*begun, *(end if is_whole else ()))
