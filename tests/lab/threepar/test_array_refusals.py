"""What the simulated array refuses, and with what, asked by the real client."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from hpe3parclient import exceptions

from lab.threepar.server import BROWSER, EDITOR, PASSWORD, Simulator

WSAPI = (exceptions.ClientException,)


def refusal(ask: Callable[..., Any], *arguments: Any) -> tuple[int, Any]:
    """Return the status and the code that a request is refused with."""
    with pytest.raises(WSAPI) as caught:
        ask(*arguments)
    return caught.value.http_status, caught.value.get_code()


def test_a_volume_that_is_not_there(client: Any) -> None:
    assert refusal(client.getVolume, 'osv-x') == (404, 23)
    assert refusal(client.deleteVolume, 'osv-x') == (404, 23)


def test_an_exported_volume_is_in_use_until_its_template_goes(client: Any, volume: str, host: str) -> None:
    assert client.createVLUN(volume, hostname=host, auto=True) == f'{volume},0,{host}'
    assert refusal(client.deleteVolume, volume) == (409, 34)
    client.deleteVLUN(volume, 0, host)
    client.deleteVolume(volume)
    assert refusal(client.getVolume, volume) == (404, 23)


def test_a_member_of_a_set_is_in_use_until_it_leaves(client: Any, volume: str) -> None:
    client.createVolumeSet('vvs-0DM4qZEVSKON-DXN-NwVpw', setmembers=[volume])
    assert refusal(client.deleteVolume, volume) == (409, 34)
    client.removeVolumeFromVolumeSet('vvs-0DM4qZEVSKON-DXN-NwVpw', volume)
    client.deleteVolume(volume)


def test_a_set_with_a_rule_or_an_export_stays(client: Any, volume: str, host: str) -> None:
    client.createVolumeSet('set1', setmembers=[volume])
    client.createQoSRules('set1', {'priority': 2})
    assert refusal(client.deleteVolumeSet, 'set1') == (409, 105)
    client.deleteQoSRules('set1')
    client.createVLUN('set:set1', lun=4, hostname=host)
    assert refusal(client.deleteVolumeSet, 'set1') == (409, 26)


def test_a_set_that_is_not_there(client: Any, volume: str) -> None:
    assert refusal(client.getVolumeSet, 'None') == (404, 102)
    assert refusal(client.removeVolumeFromVolumeSet, 'None', volume) == (404, 102)


@pytest.mark.parametrize(('options', 'code'), [({}, 32), ({'readOnly': True}, 25)])
def test_a_volume_with_a_snapshot(client: Any, volume: str, options: dict[str, Any], code: int) -> None:
    client.createSnapshot('oss-1', volume, options)
    assert client.getVolumeSnapshots(volume) == ['oss-1']
    assert refusal(client.deleteVolume, volume) == (409, code)


def test_a_retained_volume_until_its_time(client: Any, volume: str, simulator: Simulator) -> None:
    client.createSnapshot('tss-1', volume, {'retentionHours': 1, 'expirationHours': 2})
    assert refusal(client.deleteVolume, 'tss-1') == (403, 24)
    simulator.array.ahead += 3601
    client.login(EDITOR, PASSWORD)
    client.deleteVolume('tss-1')


def test_a_replicated_volume(client: Any, volume: str, simulator: Simulator) -> None:
    simulator.array.groups['rcg-0DM4qZEVSKON-DXN-N'] = [volume]
    assert refusal(client.deleteVolume, volume) == (403, 120)
    assert refusal(client.getRemoteCopyGroup, 'rcg-1') == (404, 187)


def test_copies_that_run_hold_both_ends(client: Any, volume: str) -> None:
    client.copyVolume(volume, 'osv-copy', 'OpenStack', {'online': True})
    assert refusal(client.deleteVolume, 'osv-copy') == (400, 29)
    assert refusal(client.deleteVolume, volume) == (409, 151)
    assert refusal(client.modifyVolume, volume, {'comment': 'x'}) == (403, 150)
    client.stopOnlinePhysicalCopy('osv-copy')
    assert refusal(client.getVolume, 'osv-copy') == (404, 23)
    client.deleteVolume(volume)


def test_the_target_of_an_offline_copy(client: Any, volume: str) -> None:
    client.createVolume('osv-copy', 'OpenStack', 1024)
    client.copyVolume(volume, 'osv-copy', 'OpenStack', {'online': False})
    assert refusal(client.deleteVolume, 'osv-copy') == (409, 97)


def test_a_task_that_is_not_there(client: Any) -> None:
    assert refusal(client.getTask, 7) == (404, 145)


def test_a_host_with_exports_stays(client: Any, volume: str, host: str) -> None:
    client.createVLUN(volume, lun=1, hostname=host)
    assert refusal(client.deleteHost, host) == (409, 26)
    assert refusal(client.createVLUN, volume, 1, host) == (409, 18)
    assert refusal(client.createVLUN, volume, 1, 'nobody') == (404, 17)
    assert refusal(client.deleteVLUN, volume, 9, host) == (404, 19)


def test_one_may_only_look_who_has_no_more_rights(connect: Callable[..., Any], volume: str) -> None:
    browser = connect(BROWSER)
    assert browser.getVolume(volume)['sizeMiB'] == 1024
    assert refusal(browser.deleteVolume, volume) == (403, 13)


def test_nobody_knows_the_array_without_the_password(connect: Callable[..., Any]) -> None:
    assert refusal(connect, EDITOR, 'wrong') == (403, 5)


def test_a_session_ends_when_it_was_idle(client: Any, simulator: Simulator) -> None:
    key = client.http.session_key
    client.http._do_reauth = lambda url, method, error, **_: (_ for _ in ()).throw(error)
    simulator.array.ahead += 901
    assert refusal(client.getVolumes) == (403, 6)
    assert key not in simulator.sessions.used


def test_there_is_room_for_few_sessions(connect: Callable[..., Any], url: str, simulator: Simulator) -> None:
    simulator.sessions.most = 1
    first = connect()
    body = {'user': EDITOR, 'password': PASSWORD}
    assert requests.post(f'{url}/credentials', json=body, timeout=5).json()['code'] == 4
    first.logout()
    connect()
