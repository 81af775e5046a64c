"""Services, endpoints and projects of a real cloud."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.clouds import transcript
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.errors import (
    AuthenticationFailed,
    CloudError,
    ConfigurationError,
    Forbidden,
    ServiceAbsent,
    ServiceHidden,
    Unreachable,
)
from orphancleanup.model import Ref
from orphancleanup.outcome import Exchange
from orphancleanup.settings import HttpSettings
from orphancleanup.testing import FakeClock
from tests.unit.clouds import wire as wires
from tests.unit.clouds.conftest import HTTP
from tests.unit.clouds.wire import Reply, Wire


def test_services_are_found_under_older_names(wire: Wire, cloud: RealCloud) -> None:
    wire.replies = [Reply(200, {})]
    cloud.service('block-storage').get('/volumes')
    assert wire.asked[0].path == '/volume/v3/project-1/volumes'


def test_a_service_is_made_once_for_each_microversion(cloud: RealCloud) -> None:
    assert cloud.service('compute') is cloud.service('compute')
    assert cloud.service('compute') is not cloud.service('compute', '2.79')


def test_a_service_that_neither_the_catalogue_nor_keystone_knows_is_absent(
    wire: Wire, cloud: RealCloud
) -> None:
    for _ in range(2):
        with pytest.raises(ServiceAbsent, match='in region One with interface public nor Keystone knows one'):
            cloud.service('load-balancer')
    assert [each.path for each in wire.asked] == ['/identity/v3/services', '/identity/v3/endpoints'], 'once'


def test_a_service_of_another_region_is_hidden_and_not_absent(
    wire: Wire, clouds_yaml: Callable[..., Path]
) -> None:
    clouds_yaml()
    wire.catalogue[2]['endpoints'][0] |= {'region': 'Two', 'region_id': 'Two'}
    cloud = open_cloud(CloudSpec('here'), HTTP)
    with pytest.raises(ServiceHidden, match='its endpoints public in region Two'):
        cloud.service('compute')
    cloud.close()


@pytest.mark.parametrize('name', ['volumev3', 'block-storage', 'volumev2'])
@pytest.mark.parametrize('enabled', [True, False])
def test_a_service_that_only_keystones_lists_show_is_hidden_under_all_its_names(
    wire: Wire, clouds_yaml: Callable[..., Path], name: str, enabled: bool
) -> None:
    hidden = wire.catalogue.pop(1) | {'type': name, 'enabled': enabled}
    hidden['endpoints'][0] |= {'interface': 'internal', 'enabled': enabled}
    wire.registered = [hidden]
    clouds_yaml()
    cloud = open_cloud(CloudSpec('here'), HTTP)
    with pytest.raises(
        ServiceHidden, match=r'The cloud has a block-storage service, .* internal in region One'
    ):
        cloud.service('block-storage')
    cloud.close()


def test_a_service_that_is_registered_without_any_endpoint_is_hidden(wire: Wire, cloud: RealCloud) -> None:
    wire.registered = [{**wires.service('load-balancer', 'service-lb', 'http://lb'), 'endpoints': []}]
    with pytest.raises(ServiceHidden, match='has registered no endpoint of it'):
        cloud.service('load-balancer')


@pytest.mark.parametrize(
    'lists',
    [Reply(403, {'error': {'message': 'not you'}}), Reply(200, {}), Reply(200, b'<html>'),
     Reply(200, {'services': [], 'endpoints': [], 'links': {'next': None}}),
     Reply(200, {'services': [{'id': 'a', 'type': 'identity'}], 'truncated': True})],
    ids=['forbidden', 'no list', 'html', 'empty', 'cut'],
)  # fmt: skip
def test_when_keystones_lists_cannot_be_read_a_service_is_hidden(
    wire: Wire, cloud: RealCloud, lists: Reply
) -> None:
    wire.lists = lists
    with pytest.raises(ServiceHidden, match=r'whether the cloud has one is not known: .* administrator'):
        cloud.service('load-balancer')
    asked = len(wire.asked)
    with pytest.raises(CloudError):
        cloud.sharing_regions('compute', 'block-storage')
    assert len(wire.asked) == asked, 'a run does not judge by two different answers'


def test_an_endpoint_of_an_unlisted_service_shows_that_the_list_was_short(
    wire: Wire, cloud: RealCloud
) -> None:
    stray = wires.service('load-balancer', 'service-lb', 'http://lb')
    wire.registered = [stray]
    wire.lists = None
    listed = wire._list
    wire._list = lambda key: Reply(  # type: ignore[method-assign]
        200, {key: [each for each in listed(key).body[key] if each['id'] != 'service-lb']}
    )
    with pytest.raises(ServiceHidden, match=r'is not known: .*an endpoint of the service service-lb'):
        cloud.service('load-balancer')


def test_keystone_is_asked_as_administrator_for_a_projects_view_too(wire: Wire, cloud: RealCloud) -> None:
    wire.projects.add('project-2')
    with pytest.raises(ServiceAbsent):
        cloud.project('project-2').service('load-balancer')
    assert {each.headers['X-Auth-Token'] for each in wire.asked} == {'token-1'}


SHARED = '{url}/volume/v3/%(project_id)s'


@pytest.mark.parametrize(
    ('others', 'expected'),
    [
        ([], set()),
        ([('compute', 'http://nova.two/v2.1')], {'Two'}),
        ([('compute', 'http://nova.two/v2.1'), ('volumev3', SHARED)], {'Two'}),
        ([('compute', 'http://nova.two/v2.1'), ('block-storage', '{url}/volume')], {'Two'}),
        ([('compute', 'http://nova.two/v2.1'), ('volumev3', 'http://cinder.two/v3/%(project_id)s')], set()),
        ([('compute', '{url}/compute/v2.1/')], set()),
        ([('volumev3', SHARED)], set()),
    ],
    ids=['alone', 'none of its own', 'same url', 'same without version', 'own', 'same nova', 'no nova'],
)
def test_regions_that_share_our_block_storage_are_known(
    wire: Wire, cloud: RealCloud, others: list[tuple[str, str]], expected: set[str]
) -> None:
    wire.registered = [
        wires.service(kind, f'{kind}-two', url.format(url=wire.url), 'Two') for kind, url in others
    ]
    assert cloud.sharing_regions('compute', 'block-storage') == expected


def test_an_override_of_our_block_storage_is_compared_too(
    wire: Wire, clouds_yaml: Callable[..., Path]
) -> None:
    clouds_yaml(block_storage_endpoint_override='HTTP://cinder.everywhere:80/v3/%(project_id)s')
    wire.registered = [
        wires.service('compute', 'nova-two', 'http://nova.two/v2.1', 'Two'),
        wires.service('volumev3', 'cinder-two', 'http://cinder.everywhere/v3', 'Two'),
    ]
    cloud = open_cloud(CloudSpec('here'), HTTP)
    assert cloud.sharing_regions('compute', 'block-storage') == {'Two'}
    cloud.close()


def test_an_address_without_a_version_is_discovered(wire: Wire, cloud: RealCloud) -> None:
    links = [{'rel': 'self', 'href': f'{wire.url}/network/v2.0/'}]
    wire.replies = [
        Reply(200, {'versions': [{'id': 'v2.0', 'status': 'CURRENT', 'links': links}]}),
        Reply(200, {}),
    ]
    cloud.service('network').get('/ports')
    assert wire.asked[-1].path == '/network/v2.0/ports'


def test_an_address_that_discovery_does_not_explain_gets_the_usual_version(
    wire: Wire, cloud: RealCloud
) -> None:
    wire.script = lambda asked: Reply(200, {}) if 'ports' in asked.path else Reply(403)
    cloud.service('network').get('/ports')
    assert wire.asked[-1].path == '/network/v2.0/ports'


def test_an_override_of_the_configuration_wins(wire: Wire, clouds_yaml: Callable[..., Path]) -> None:
    clouds_yaml(orchestration_endpoint_override=f'{wire.url}/tunnel/v1/%(project_id)s')
    cloud = open_cloud(CloudSpec('here'), HTTP)
    wire.replies = [Reply(200, {})]
    cloud.service('orchestration').get('/stacks')
    assert wire.asked[0].path == '/tunnel/v1/project-1/stacks'
    cloud.close()


@pytest.mark.parametrize('template', ['%(project)s', '%(project_id)', '100%/v1'])
def test_an_override_that_cannot_be_filled_in_is_a_sentence(
    wire: Wire, clouds_yaml: Callable[..., Path], template: str
) -> None:
    clouds_yaml(orchestration_endpoint_override=f'{wire.url}/v1/{template}')
    cloud = open_cloud(CloudSpec('here'), HTTP)
    with pytest.raises(ConfigurationError, match='cannot be filled in'):
        cloud.service('orchestration')
    cloud.close()


def test_a_project_is_entered_with_the_same_credentials(wire: Wire, cloud: RealCloud) -> None:
    wire.projects.add('project-2')
    inside = cloud.project('project-2')
    assert inside.project_id == 'project-2'
    assert inside.identity.fingerprint == cloud.identity.fingerprint
    assert cloud.project('project-2') is inside
    assert cloud.project('project-1') is cloud
    wire.replies = [Reply(200, {})]
    inside.service('compute').get('/servers')
    assert wire.asked[0].headers['X-Auth-Token'] == 'token-2'
    assert cloud.request_counts()['compute GET'] == 1


def test_a_project_cannot_be_entered_without_a_role_and_without_granting_one(cloud: RealCloud) -> None:
    with pytest.raises(Forbidden, match='none is granted while only reading'):
        cloud.project('project-2')


def test_several_projects_are_asked_at_a_time_and_told_in_their_order(wire: Wire, cloud: RealCloud) -> None:
    names = ['project-4', 'project-2', 'project-3']
    wire.projects.update(names)
    together = threading.Barrier(len(names))

    def ask(inside: RealCloud) -> str:
        transcript.note(Exchange('GET', 'compute', '/servers'))
        together.wait(timeout=30)
        return inside.project_id

    with transcript.counted() as count:
        assert cloud.in_each(names, ask) == names
    assert count.requests == len(names)


def test_one_of_several_projects_that_cannot_be_entered_is_told(wire: Wire, cloud: RealCloud) -> None:
    wire.projects.add('project-2')
    with pytest.raises(Forbidden, match='project-3 cannot be entered'):
        cloud.in_each(['project-2', 'project-3'], lambda inside: inside.project_id)


def test_a_role_is_granted_before_a_project_is_entered(wire: Wire, cloud: RealCloud) -> None:
    cloud.grant_with(wire.projects.add)
    assert cloud.project('project-2').project_id == 'project-2'


def test_keystone_may_take_a_moment_to_know_the_role(wire: Wire, cloud: RealCloud, clock: FakeClock) -> None:
    sleep = clock.sleep

    def learn(seconds: float) -> None:
        sleep(seconds)
        wire.projects.add('project-2')

    clock.sleep = learn  # type: ignore[method-assign]
    cloud.grant_with(lambda project_id: None)
    cloud.project('project-2')
    assert clock.pauses == [0.5]


def test_a_project_that_stays_shut_is_a_sentence(cloud: RealCloud, clock: FakeClock) -> None:
    cloud.grant_with(lambda project_id: None)
    with pytest.raises(Forbidden, match='is it disabled'):
        cloud.project('project-2')
    assert clock.pauses == [0.5, 1.0, 2.0]


def test_the_gate_is_one_for_all_projects(wire: Wire, clouds_yaml: Callable[..., Path]) -> None:
    clouds_yaml()
    wire.projects.add('project-2')
    cloud = open_cloud(CloudSpec('here'), HttpSettings())
    inside = cloud.project('project-2')
    assert inside.read_only
    cloud.allow_changes()
    assert not inside.read_only
    cloud.close()


def test_credentials_that_are_bound_to_a_project_cannot_enter_another(cloud: RealCloud) -> None:
    cloud._connection.region.config['auth_type'] = 'v3applicationcredential'
    with pytest.raises(ConfigurationError, match="type 'v3applicationcredential' are bound to one project"):
        cloud.project('project-2')


class Applied:
    """A plan that names one server."""

    def is_planned(self, ref: Ref) -> bool:
        return ref.id == 'planned'

    def set_aside(self, name: str, document: Any) -> str:
        return f'{name}: {document}'


def test_what_is_planned_is_told_while_a_plan_is_applied_from_within_a_project_too(
    wire: Wire, cloud: RealCloud
) -> None:
    cloud.grant_with(wire.projects.add)
    planned, other = Ref('nova-server', 'planned'), Ref('nova-server', 'other')
    views = (cloud, cloud.project('project-2'))
    assert not any(view.is_planned(planned) for view in views)
    for view in views:
        with pytest.raises(Unreachable, match='no plan is being applied'):
            view.set_aside('stack', {})
    cloud.apply_with(Applied())
    assert {view.set_aside('stack', 1) for view in views} == {'stack: 1'}
    assert [(view.is_planned(planned), view.is_planned(other)) for view in views] == [(True, False)] * 2
    cloud.forbid_changes()
    assert not any(view.is_planned(planned) for view in views)


def test_whether_something_is_gone_is_asked_the_run_from_within_a_project_too(
    wire: Wire, cloud: RealCloud
) -> None:
    cloud.grant_with(wire.projects.add)
    gone, there = Ref('nova-server', 'gone'), Ref('nova-server', 'there')
    inside = cloud.project('project-2')
    for view in (cloud, inside):
        with pytest.raises(Unreachable, match='there is no run'):
            view.is_gone(gone)
    cloud.ask_with(lambda ref: ref == gone)
    for view in (cloud, inside):
        assert view.is_gone(gone)
        assert not view.is_gone(there)


def test_a_role_that_is_there_serves_and_none_is_granted(wire: Wire, cloud: RealCloud) -> None:
    granted: list[str] = []
    wire.projects.add('project-2')
    cloud.grant_with(granted.append)
    assert cloud.project('project-2').project_id == 'project-2'
    assert granted == []


def test_a_role_that_another_run_has_taken_back_is_granted_again(wire: Wire, cloud: RealCloud) -> None:
    granted: list[str] = []

    def grant(project: str) -> None:
        granted.append(project)
        wire.projects.add(project)

    cloud.grant_with(grant)
    wire.script = lambda asked: None if asked.headers['X-Auth-Token'] in wire.expired else Reply(200, {})
    inside = cloud.project('project-2')
    assert cloud.project('project-2') is inside
    wire.projects.remove('project-2')
    wire.expired = {f'token-{number}' for number in range(wire.tokens + 1)}
    with pytest.raises(AuthenticationFailed):
        inside.service('compute').get('/servers')
    again = cloud.project('project-2')
    assert again.service('compute').get('/servers') == {}
    assert granted == ['project-2', 'project-2']
    cloud.forbid_changes()
    assert cloud.project('project-2') is again
