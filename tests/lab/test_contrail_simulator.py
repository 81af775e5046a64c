"""The simulator of Contrail's API server answers as the table of cases says; what has no case is here."""

import uuid
from collections.abc import Iterator

import pytest

from lab.contrail import check
from lab.contrail.api import Api, Behaviour
from lab.contrail.callers import Caller, Known
from lab.contrail.server import Server
from lab.contrail.shapes import Answer, Request
from lab.contrail.store import Store, fresh

ADMIN = Caller('a' * 32, frozenset({'admin'}))
MEMBER = Caller('b' * 32, frozenset({'member'}))
TOKENS = {'admin': 'token-admin', 'member': 'token-member'}
PROJECT = uuid.UUID(int=7)
NAME = ['default-domain', 'alpha']


@pytest.fixture
def identity() -> Known:
    return Known({TOKENS['admin']: ADMIN, TOKENS['member']: MEMBER}, {PROJECT.hex: 'alpha'})


@pytest.fixture
def api(identity: Known) -> Api:
    return Api(fresh(), identity)


@pytest.fixture
def server(api: Api) -> Iterator[Server]:
    server = Server(api)
    server.start()
    yield server
    server.stop()


def ask(api: Api, method: str, path: str, body: object = None) -> Answer:
    return api.answer(Request(method, path, body=body, headers={'x-auth-token': TOKENS['admin']}))


def make(api: Api, kind: str, *name: str, **more: object) -> str:
    answer = ask(api, 'POST', f'/{kind}s', {kind: {'fq_name': list(name), **more}})
    assert answer.status == 200, answer
    return str(answer.body[kind]['uuid'])


def test_every_case_of_the_table_holds(server: Server) -> None:
    found = list(check.Checker(server.url, TOKENS, is_simulator=True).results(check.cases()))
    assert [each for each in found if each.fault or each.is_skipped] == []


def test_a_case_that_does_not_hold_is_told(server: Server) -> None:
    case = {
        'name': 'wrong',
        'ask': ['GET', '/aaa-mode'],
        'expect': {'status': 200, 'json': {'aaa-mode': 'rbac'}},
    }
    (found,) = check.Checker(server.url, TOKENS).results([case])
    assert found.fault == "'aaa-mode' is 'cloud-admin' instead of 'rbac'"


def test_reading_a_living_project_makes_it(api: Api) -> None:
    assert ask(api, 'GET', f'/project/{PROJECT}').body['project']['fq_name'] == NAME
    assert ask(api, 'GET', f'/project/{uuid.UUID(int=8)}').status == 404


def test_only_a_project_that_comes_with_its_id_owns_itself(api: Api) -> None:
    given = make(api, 'project', 'default-domain', 'given', parent_type='domain', uuid=str(PROJECT))
    drawn = make(api, 'project', 'default-domain', 'drawn', parent_type='domain')
    owners = [api.store.objects[each].properties['perms2']['owner'] for each in (given, drawn)]
    assert owners == [PROJECT.hex, 'cloud-admin']
    network = make(api, 'virtual-network', 'default-domain', 'drawn', 'net')
    assert api.store.objects[network].properties['perms2']['owner'] == 'cloud-admin'


def test_a_vanished_project_is_tried_once_only(api: Api, identity: Known) -> None:
    api.projects.resync('', True)
    make(api, 'security-group', *NAME, 'default')
    network = make(api, 'virtual-network', *NAME, 'net')
    del identity.names[PROJECT.hex]
    api.projects.resync('', True)
    assert api.projects.failed == {str(PROJECT)}
    assert not any(True for _ in api.store.of_type('security-group'))
    assert ask(api, 'DELETE', f'/virtual-network/{network}').status == 200
    api.projects.resync('', True)
    assert str(PROJECT) in api.store.objects


def test_an_empty_vanished_project_goes_by_itself(api: Api, identity: Known) -> None:
    api.projects.resync('', True)
    del identity.names[PROJECT.hex]
    api.projects.resync('', True)
    assert str(PROJECT) not in api.store.objects


def test_a_new_project_of_an_old_name_gets_another_one(api: Api, identity: Known) -> None:
    api.projects.resync('', True)
    identity.names[uuid.UUID(int=9).hex] = 'alpha'
    api.projects.resync('', True)
    assert api.store.objects[str(uuid.UUID(int=9))].name[1].startswith('alpha-')


@pytest.mark.parametrize(('has_transformer', 'left'), [(True, 0), (False, 2)])
def test_what_is_derived_stays_without_the_transformer(api: Api, has_transformer: bool, left: int) -> None:
    api.projects.on_demand(str(PROJECT))
    group = make(api, 'security-group', *NAME, 'group')
    api.behaviour.has_transformer = has_transformer
    assert ask(api, 'DELETE', f'/security-group/{group}').status == 200
    assert api.store.count('access-control-list') == left


def test_the_systems_own_networks_are_not_protected(api: Api) -> None:
    fabric = api.store.named('virtual-network', ('default-domain', 'default-project', 'ip-fabric'))
    assert fabric
    assert ask(api, 'DELETE', f'/virtual-network/{fabric.uuid}').status == 200


def test_the_objects_outlive_the_process(api: Api, tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / 'contrail.json'
    api.projects.on_demand(str(PROJECT))
    network = make(api, 'virtual-network', *NAME, 'net')
    api.store.save(path)
    again = Api(Store.load(path), Known({TOKENS['admin']: ADMIN}), Behaviour())
    assert (
        ask(again, 'GET', f'/virtual-network/{network}').body
        == ask(api, 'GET', f'/virtual-network/{network}').body
    )
