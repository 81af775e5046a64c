"""What the simulated array shows: lists, queries, exports with their paths, and what outlives its process."""

from pathlib import Path
from typing import Any

import pytest
import requests

from lab.threepar.array import Array
from lab.threepar.faults import Fault
from lab.threepar.server import Simulator


def test_a_volume_has_what_the_array_shows_of_one(client: Any, volume: str) -> None:
    record = client.getVolumes()['members'][0]
    assert record == client.getVolume(volume)
    assert record['wwn'] == '60002AC00000000000000BEF00002DE4'
    assert (record['copyType'], record['rcopyStatus'], record['userCPG']) == (1, 1, 'OpenStack')


def test_lists_can_be_asked_for_a_few(client: Any, volume: str, host: str) -> None:
    client.createVolume('osv-other', 'OpenStack', 1024)
    wwn = client.getVolume(volume)['wwn']
    found = client.http.get(f'/volumes?query="wwn=={wwn.lower()} OR wwn==6"')[1]
    assert [each['name'] for each in found['members']] == [volume]
    client.createVLUN('osv-other', lun=1, hostname=host)
    client.createVLUN(volume, lun=2, hostname=host)
    assert client.getVLUN(volume)['lun'] == 2
    assert len(client.getHostVLUNs(host)) == 6


def test_an_export_is_a_template_and_an_active_one_for_each_path(client: Any, volume: str, host: str) -> None:
    client.createVLUN(volume, lun=3, hostname=host)
    vluns = client.getVLUNs()['members']
    assert [each['active'] for each in vluns] == [False, True, True]
    assert {each.get('remoteName') for each in vluns} == {None, '100000051E000001', '100000051E000002'}
    client.deleteVLUN(volume, 3, host)
    assert client.getVLUNs()['members'] == []


def test_an_export_by_a_port_is_named_with_it(client: Any, volume: str, host: str) -> None:
    port = {'node': 1, 'slot': 2, 'cardPort': 1}
    assert client.createVLUN(volume, 5, host, port) == f'{volume},5,{host},1:2:1'
    assert client.createVLUN(volume, 6, portPos=port) == f'{volume},6,,1:2:1'
    client.deleteVLUN(volume, 5, host, port)
    client.deleteVLUN(volume, 6, port=port)
    assert client.getVLUNs()['members'] == []


def test_what_is_kept_in_a_file_outlives_the_process(tmp_path: Path) -> None:
    file = tmp_path / 'array.json'
    first = Array(file=file)
    first.volumes['osv-1'] = first.stamped('osv-1')
    first.save()
    assert Simulator(Array(file=file)).array.volumes == first.volumes


def test_faults_come_as_often_as_they_were_ordered(simulator: Simulator, client: Any, volume: str) -> None:
    simulator.faults.waiting.append(
        Fault('GET', '/volumes', times=2, status=500, body={'code': 1, 'desc': 'x'})
    )
    for _ in range(2):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the client's own tree
            client.getVolumes()
        assert caught.value.http_status == 500
    assert client.getVolumes()['total'] == 1


def test_a_list_that_is_cut_still_tells_how_many_there_are(
    simulator: Simulator, client: Any, volume: str
) -> None:
    simulator.faults.waiting.append(Fault(path='/volumes', most=0))
    assert client.getVolumes() == {'total': 1, 'members': []}


@pytest.mark.parametrize(('cut', 'is_there'), [('before', True), ('after', False)])
def test_a_connection_may_end_before_the_change_or_after_it(
    simulator: Simulator, client: Any, volume: str, cut: str, is_there: bool
) -> None:
    simulator.faults.waiting.append(Fault('DELETE', cut=cut))
    with pytest.raises(requests.ConnectionError):
        client.deleteVolume(volume)
    assert (volume in simulator.array.volumes) is is_there


def test_another_process_may_order_faults_and_turn_the_clock(simulator: Simulator, url: str) -> None:
    base = url.removesuffix('/api/v1') + '/lab'
    requests.post(
        f'{base}/faults', json={'method': 'GET', 'path': 'x', 'times': 3}, timeout=5
    ).raise_for_status()
    assert simulator.faults.waiting == [Fault('GET', 'x', 3)]
    requests.delete(f'{base}/faults', timeout=5).raise_for_status()
    assert simulator.faults.waiting == []
    before = simulator.array.now()
    requests.post(f'{base}/clock', json={'seconds': 7200}, timeout=5).raise_for_status()
    assert simulator.array.now() - before >= 7200
