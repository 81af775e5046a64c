"""The adapter: what the client hides or swallows comes out as one error of the tree, and nothing is believed."""

import pytest
import requests

from lab.threepar import exports, hosts, sets, tasks, volumes
from lab.threepar.faults import Fault
from lab.threepar.server import BROWSER, EDITOR, PASSWORD
from orphancleanup.errors import (
    ConfigurationError,
    Conflict,
    Forbidden,
    IncompleteListing,
    ReadOnlyViolation,
    TooLate,
    Unreachable,
)
from orphancleanup.plugins.threepar_lun.configured import Configured
from orphancleanup.plugins.threepar_lun.inventory import Export
from orphancleanup.plugins.threepar_lun.wsapi import Array

NAME = 'osv-0DM4qZEVSKON-DXN-NwVpw'


@pytest.fixture(autouse=True)
def volume(simulator):
    volumes.create(simulator.array, {'name': NAME, 'cpg': 'OpenStack', 'sizeMiB': 2560})
    hosts.create(simulator.array, {'name': 'compute1', 'FCWWNs': ['100000051E000001']})


def test_a_volume_is_what_the_array_says(array):
    [found] = array.volumes()
    assert (found.name, found.size, found.cpg, found.wwn) == (
        NAME, 2.5, 'OpenStack', '60002AC00000000000000BEF00002DE4',
    )  # fmt: skip
    assert array.volume(NAME) == found
    assert array.volume('osv-nothing') is None


def test_only_templates_are_exports(array, simulator):
    exports.create(simulator.array, {'volumeName': NAME, 'lun': 3, 'hostname': 'compute1'})
    [found] = array.exports()
    assert found == Export(NAME, 3, 'compute1', '60002AC00000000000000BEF00002DE4')
    array.unexport(found)
    assert simulator.array.vluns == []


def test_an_export_by_a_port_goes_by_its_own_name(array, simulator):
    port = {'node': 1, 'slot': 2, 'cardPort': 1}
    for host in ('compute1', ''):
        exports.create(simulator.array, {'volumeName': NAME, 'lun': 3, 'hostname': host, 'portPos': port})
    for found in array.exports():
        array.unexport(found)
    assert simulator.array.vluns == []


@pytest.mark.parametrize(
    'body', [{'volumeName': 'set:s', 'hostname': 'compute1'}, {'volumeName': NAME, 'hostname': 'set:h'}]
)
def test_what_is_exported_with_others_is_never_unexported(array, simulator, body):
    sets.create(simulator.array, {'name': 's', 'setmembers': [NAME]})
    exports.create(simulator.array, {'lun': 3, **body})
    with pytest.raises(Conflict, match='it concerns others'):
        array.unexport(array.exports()[0])
    assert not any(method == 'DELETE' for method, _ in simulator.requests)


def test_sets_are_left_and_removed(array, simulator):
    sets.create(simulator.array, {'name': 's', 'setmembers': [NAME]})
    sets.create_rule(simulator.array, {'name': 's'})
    assert array.has_rule('s')
    array.delete_rule('s')
    assert not array.has_rule('s')
    array.leave_set('s', NAME)
    assert array.set('s').members == ()
    array.delete_set('s')
    assert array.set('s') is None


def test_what_is_gone_already_is_removed(array):
    array.delete_volume(NAME)
    array.delete_volume(NAME)
    assert array.volumes() == ()


def test_a_refusal_has_the_array_s_own_words(array, simulator):
    exports.create(simulator.array, {'volumeName': NAME, 'lun': 3, 'hostname': 'compute1'})
    with pytest.raises(Conflict, match=r'removing volume osv-.*in use by a VV set, a VLUN.*code 34'):
        array.delete_volume(NAME)


def test_a_volume_with_a_running_task_is_told(array, simulator):
    tasks.start(simulator.array, NAME, 18)
    assert array.running_tasks(NAME) == ('task 3057 of type 18',)
    tasks.end(simulator.array, '3057')
    assert array.running_tasks(NAME) == ()


def test_nothing_is_sent_when_nothing_may_be_changed(serve, simulator):
    def refuse(_):
        raise ReadOnlyViolation('only reading')

    array = Array(serve(simulator), refuse)
    with pytest.raises(ReadOnlyViolation):
        array.delete_volume(NAME)
    assert 'DELETE' not in {method for method, _ in simulator.requests}


def test_nothing_is_sent_when_it_is_too_late(serve, simulator):
    def refuse(_):
        raise TooLate('too late')

    array = Array(serve(simulator), refuse)
    with pytest.raises(TooLate):
        array.delete_volume(NAME)
    assert NAME in simulator.array.volumes


def test_one_login_serves_a_run_and_is_given_back(array, simulator):
    for _ in range(5):
        array.volumes()
    assert simulator.sessions.logins == 1
    array.close()
    assert simulator.sessions.used == {}


def test_a_session_that_expired_is_replaced_by_one(array, simulator):
    simulator.array.ahead += 901
    assert len(array.volumes()) == 1
    assert simulator.sessions.logins == 2


def test_what_is_forbidden_is_asked_once_and_leaves_no_session_behind(serve, simulator):
    array = Array(serve(simulator, user=BROWSER), lambda _: None)
    with pytest.raises(Forbidden, match='permission denied'):
        array.delete_volume(NAME)
    assert (simulator.sessions.logins, len(simulator.sessions.used)) == (1, 1)
    assert [method for method, _ in simulator.requests].count('DELETE') == 1


def test_connections_that_break_are_never_used_up(array, simulator):
    """The client itself would send nothing any more after the fifth, and say that all is well."""
    simulator.faults.waiting.append(Fault('DELETE', cut='before', times=8))
    for _ in range(8):
        with pytest.raises(Unreachable, match='did not answer'):
            array.delete_volume(NAME)
    array.delete_volume(NAME)
    assert simulator.array.volumes == {}
    assert simulator.sessions.logins == 1


def test_a_reading_is_tried_again_and_a_change_is_not(array, simulator):
    simulator.faults.waiting.append(Fault('GET', '/volumes', cut='before', times=2))
    assert len(array.volumes()) == 1
    simulator.faults.waiting.append(Fault('DELETE', status=503, body={'code': 1, 'desc': 'busy'}))
    with pytest.raises(Unreachable, match='busy'):
        array.delete_volume(NAME)
    assert [method for method, _ in simulator.requests].count('DELETE') == 0


def test_a_delete_that_is_accepted_and_does_nothing_is_no_removal(array, simulator):
    simulator.faults.waiting.append(Fault('DELETE', '/volumes', status=200))
    with pytest.raises(Unreachable, match=r'refused nothing, but volume .* is there still'):
        array.delete_volume(NAME)


def test_a_delete_whose_answer_was_lost_is_not_believed(array, simulator):
    simulator.faults.waiting.append(Fault('DELETE', '/volumes', cut='after'))
    with pytest.raises(Unreachable):
        array.delete_volume(NAME)
    array.delete_volume(NAME)


@pytest.mark.parametrize(
    'fault',
    [
        {'most': 0}, {'status': 200}, {'status': 200, 'body': {'members': 7}},
        {'status': 200, 'body': {'total': 1, 'members': [{}]}},
    ],
)  # fmt: skip
@pytest.mark.parametrize('method', ['volumes', 'sets'])
def test_a_list_that_is_not_the_whole_is_none(array, simulator, fault, method):
    sets.create(simulator.array, {'name': 's', 'setmembers': [NAME]})
    simulator.faults.waiting.append(Fault('GET', **fault))
    with pytest.raises(IncompleteListing):
        getattr(array, method)()


@pytest.mark.parametrize('body', [{}, {'code': 11, 'desc': 'invalid URI'}, {'desc': 'not found'}])
def test_a_404_of_somebody_else_says_nothing_about_a_volume(array, simulator, body):
    simulator.faults.waiting.append(Fault('GET', '/volumes/', status=404, body=body, times=3))
    with pytest.raises(Unreachable):
        array.volume(NAME)


def test_an_answer_that_does_not_come_is_not_awaited_for_ever(serve, simulator):
    configured = serve(simulator)
    slow = Configured(
        'slow', configured.api_url, EDITOR, frozenset('x'), configured.password_file, timeout=0.2
    )
    array = Array(slow, lambda _: None)
    simulator.faults.waiting.append(Fault('GET', '/volumes', delay=1.0, times=3))
    with pytest.raises(Unreachable):
        array.volumes()


def test_a_wrong_password_says_nothing_about_volumes(serve, simulator, password_file):
    password_file.write_text('wrong')
    with pytest.raises(Unreachable, match=r'refuses the account edit.*code 5'):
        Array(serve(simulator), lambda _: None)


def test_an_array_that_is_not_there_is_told_at_once(password_file):
    nowhere = Configured('x', 'http://127.0.0.1:9/api/v1', EDITOR, frozenset('x'), str(password_file))
    with pytest.raises(Unreachable, match='did not answer'):
        Array(nowhere, lambda _: None)


def test_certificates_are_checked(serve, simulator, monkeypatch):
    seen = []
    real = requests.request

    def request(*arguments, **options):
        seen.append((options['verify'], options['timeout']))
        return real(*arguments, **options)

    monkeypatch.setattr(requests, 'request', request)
    Array(serve(simulator), lambda _: None).volumes()
    assert seen
    assert set(seen) == {(True, 5.0)}


def test_a_password_that_others_may_read_is_refused(serve, simulator, password_file):
    password_file.chmod(0o640)
    with pytest.raises(ConfigurationError, match='0600'):
        Array(serve(simulator), lambda _: None)
    assert PASSWORD not in str(serve(simulator))
