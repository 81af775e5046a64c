"""The array of the lab and the mock server that a release of the client ships in its own tests: where both can do
something, the client gets the same outcome from either. Where they do not agree is written down with both outcomes.
"""

import importlib.metadata
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hpe3parclient import client as wsapi
from hpe3parclient import exceptions

from lab.threepar.server import EDITOR, PASSWORD, Simulator

MOCK = 'test/HPE3ParMockServer_flask.py'
Scenario = Callable[[Any], Any]


def outcome(ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return what a request answered; the status and the code when it said no."""
    try:
        return ask(*arguments, **options)
    except exceptions.ClientException as error:
        return (error.http_status, error.get_code())


def names(listed: dict[str, Any]) -> list[str]:
    # The mock begins with two volumes of its own.
    return [each['name'] for each in listed['members'] if each['name'].startswith('vol')]


def volumes_come_and_go(client: Any) -> Any:
    return (
        outcome(client.createVolume, 'vol1', 'CPG1', 1024, {'comment': 'a'}),
        outcome(client.createVolume, 'vol1', 'CPG1', 1024),
        client.getVolume('vol1')['sizeMiB'],
        client.getVolume('vol1')['comment'],
        names(client.getVolumes()),
        outcome(client.deleteVolume, 'vol1'),
        outcome(client.deleteVolume, 'vol1'),
        outcome(client.getVolume, 'vol1'),
    )


def exports_come_and_go(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    made = {'volumeName': 'vol1', 'lun': 3, 'hostname': 'host1'}
    client.http.post('/vluns', body=made)
    return (
        [(each['volumeName'], each['lun']) for each in client.getVLUNs()['members'] if each['lun'] == 3],
        outcome(client.http.post, '/vluns', body={**made, 'volumeName': 'nothing', 'lun': 4}),
        outcome(client.http.post, '/vluns', body={**made, 'lun': 1 << 15}),
        outcome(client.deleteVLUN, 'vol1', 9, 'host1'),
        outcome(client.deleteVLUN, 'vol1', 3, 'host1'),
        outcome(client.deleteVLUN, 'vol1', 3, 'host1'),
    )


def sets_come_and_go(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    client.createVolume('vol2', 'CPG1', 1024)
    return (
        outcome(client.createVolumeSet, 'set1', setmembers=['vol1']),
        outcome(client.createVolumeSet, 'set1'),
        client.getVolumeSet('set1')['setmembers'],
        client.addVolumeToVolumeSet('set1', 'vol2')[0]['status'],
        client.findVolumeSet('vol2'),
        client.removeVolumeFromVolumeSet('set1', 'vol1')[0]['status'],
        client.getVolumeSet('set1')['setmembers'],
        outcome(client.deleteVolumeSet, 'set1'),
    )


def hosts_come_and_go(client: Any) -> Any:
    body = {'name': 'host9', 'FCWWNs': ['100000051E0000AA']}
    return (
        outcome(lambda: client.http.post('/hosts', body=body)[0]['status']),
        outcome(client.http.post, '/hosts', body={**body, 'FCWWNs': ['100000051E0000BB']}),
        client.getHost('host9')['name'],
        outcome(client.deleteHost, 'host9'),
        outcome(client.getHost, 'host9'),
    )


def a_wrong_password_is_told(client: Any) -> Any:
    return outcome(client.login, 'nobody', 'wrong')


def tasks_are_told(client: Any) -> Any:
    return outcome(client.getTask, 8999)


AGREED: tuple[Scenario, ...] = (
    volumes_come_and_go, exports_come_and_go, sets_come_and_go, hosts_come_and_go, a_wrong_password_is_told,
    tasks_are_told,
)  # fmt: skip


def delete_an_exported_volume(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    client.http.post('/vluns', body={'volumeName': 'vol1', 'lun': 3, 'hostname': 'host1'})
    return outcome(client.deleteVolume, 'vol1')


def delete_a_member_of_a_set(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    client.createVolumeSet('set1', setmembers=['vol1'])
    return outcome(client.deleteVolume, 'vol1')


def delete_a_volume_with_a_snapshot(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    client.createSnapshot('snap1', 'vol1')
    return outcome(client.deleteVolume, 'vol1')


def find_the_snapshots_of_a_volume(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    client.createSnapshot('snap1', 'vol1')
    return outcome(client.getVolumeSnapshots, 'vol1')


def a_set_that_is_not_there(client: Any) -> Any:
    return outcome(client.getVolumeSet, 'None')


def a_query_for_one_of_two(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    client.createVolume('vol2', 'CPG1', 1024)
    return names(client.http.get('/volumes?query="name EQ vol1"')[1])


def ask_after_the_logout(client: Any) -> Any:
    client.logout()
    client.http._do_reauth = lambda url, method, error, **_: (_ for _ in ()).throw(error)
    return outcome(lambda: len(client.getVolumeSets()['members']))


def the_place_of_an_export(client: Any) -> Any:
    client.createVolume('vol1', 'CPG1', 1024)
    return outcome(client.createVLUN, 'vol1', 3, 'host1')


#: scenario to what the array answers, and what the mock does
DISAGREED: dict[Scenario, tuple[Any, Any]] = {
    delete_an_exported_volume: ((409, 34), None),
    delete_a_member_of_a_set: ((409, 34), None),
    delete_a_volume_with_a_snapshot: ((409, 32), None),
    find_the_snapshots_of_a_volume: (['snap1'], []),
    a_set_that_is_not_there: ((404, 102), (404, 77)),
    a_query_for_one_of_two: (['vol1'], ['vol1', 'vol2']),
    ask_after_the_logout: ((403, 6), 0),
    the_place_of_an_export: ('vol1,3,host1', ''),
}


@pytest.fixture
def mock() -> Iterator[str]:
    """Serve the mock; return its address."""
    files = importlib.metadata.files('python-3parclient') or ()
    file = next((each for each in files if str(each) == MOCK), None)
    assert file, f'this release of python-3parclient has no {MOCK}; 4.2.12 has'
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(file.locate()), '-port', str(port), '-user', EDITOR, '-password', PASSWORD]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield f'http://127.0.0.1:{port}/api/v1'
        finally:
            process.kill()


def wait_for(port: int, process: 'subprocess.Popen[bytes]') -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError('the mock does not answer')


def logged_in(url: str) -> Any:
    client = wsapi.HPE3ParClient(url, timeout=10)
    client.login(EDITOR, PASSWORD)
    client.http.tries = 1
    return client


def on_the_array(simulator: Simulator, url: str, scenario: Scenario) -> Any:
    simulator.array.hosts['host1'] = {'name': 'host1', 'FCPaths': [], 'iSCSIPaths': []}
    return scenario(logged_in(url))


def on_the_mock(mock: str, scenario: Scenario) -> Any:
    return scenario(logged_in(mock))


@pytest.mark.parametrize('scenario', AGREED)
def test_both_give_the_same_outcome(simulator: Simulator, url: str, mock: str, scenario: Scenario) -> None:
    assert on_the_array(simulator, url, scenario) == on_the_mock(mock, scenario)


@pytest.mark.parametrize('scenario', DISAGREED)
def test_where_they_disagree_is_known(simulator: Simulator, url: str, mock: str, scenario: Scenario) -> None:
    found = on_the_array(simulator, url, scenario), on_the_mock(mock, scenario)
    assert found == DISAGREED[scenario]
