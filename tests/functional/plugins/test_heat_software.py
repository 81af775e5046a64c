"""The life of software configurations and deployments, also of those whose project is gone."""

import uuid
from typing import Any

import pytest

from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import CloudError, IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Ref
from orphancleanup.plugins.heat_stack.software_config import SoftwareConfig
from orphancleanup.plugins.heat_stack.software_deployment import SoftwareDeployment
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL
CONFIG, DEPLOYMENT = SoftwareConfig(), SoftwareDeployment()


def send(project: Project, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make something; answer its record."""
    answer = project.connection.orchestration.post(path, json=body)
    assert answer.status_code in (200, 201), answer.text
    (made,) = answer.json().values()
    return dict(made)


def software(project: Project) -> tuple[str, str]:
    """Make a configuration, and a deployment of it; return their ids."""
    config = send(
        project, '/software_configs', {'name': f'{project.name}-config', 'group': 'script', 'config': 'id'}
    )
    body = {
        'config_id': config['id'], 'server_id': str(uuid.uuid4()), 'action': 'CREATE', 'status': 'COMPLETE',
        'input_values': {'key': 'hush'}, 'stack_user_project_id': project.project_id,
    }  # fmt: skip
    return config['id'], send(project, '/software_deployments', body)['id']


@pytest.mark.parametrize('is_dead', [False, True])
def test_software_lives_and_goes_whether_its_project_lives_or_not(
    cloud: RealCloud, sandbox: Sandbox, is_dead: bool
) -> None:
    project = sandbox.project('software')
    config, deployment = software(project)
    if is_dead:
        sandbox.kill_project(project)
    seen, above = life.found(DEPLOYMENT, cloud, deployment), life.found(CONFIG, cloud, config)
    assert seen.project_id == above.project_id == project.project_id
    assert seen.parents == (above.ref,)
    assert 'hush' not in repr(seen)
    with pytest.raises(CloudError, match='referenced'):
        life.climb(CONFIG, cloud, above, 'delete')
    for handler, each in ((DEPLOYMENT, seen), (CONFIG, above)):
        life.climb(handler, cloud, each, 'delete')
        life.await_end(handler, cloud, each)


@pytest.mark.parametrize('handler', [CONFIG, DEPLOYMENT], ids=lambda handler: handler.kind)
def test_what_never_was_is_gone(cloud: RealCloud, handler: Handler) -> None:
    assert handler.look(cloud, Ref(handler.kind, str(uuid.uuid4()))) is None


@pytest.mark.parametrize('handler', [CONFIG, DEPLOYMENT], ids=lambda handler: handler.kind)
def test_a_list_that_is_no_administrators_is_never_taken_for_the_whole(
    member: RealCloud, handler: Handler
) -> None:
    with pytest.raises(IncompleteListing, match='context_is_admin'):
        list(handler.discover(member))
