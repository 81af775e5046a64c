"""A project of its own for each module of functional tests, and an administrator's view of the lab."""

import functools
from collections.abc import Iterator

import pytest

from lab.layout import Lab
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.installed import asking, registry
from orphancleanup.settings import HttpSettings
from tests.functional.sandbox import Sandbox


@pytest.fixture(scope='session')
def cloud(the_lab: Lab) -> Iterator[RealCloud]:
    """Return the lab as an administrator sees it; changes are allowed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('OS_CLIENT_CONFIG_FILE', str(the_lab.clouds_yaml))
        cloud = open_cloud(CloudSpec('lab'), HttpSettings())
    cloud.allow_changes()
    # As in a run: steps may ask about kinds of other handlers.
    cloud.ask_with(functools.partial(asking.answer, registry.load(), cloud))
    yield cloud
    cloud.close()


@pytest.fixture(scope='module')
def project(the_lab: Lab) -> Iterator[Project]:
    """Return a project that goes with all that is in it."""
    sandbox = Sandbox.open(the_lab)
    try:
        yield sandbox.project('handlers')
    finally:
        sandbox.clear()
        sandbox.close()


@pytest.fixture
def member(the_lab: Lab, project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealCloud]:
    """Return the lab as a member of the project sees it."""
    for name, value in {
        'OS_AUTH_URL': the_lab.endpoint('keystone'),
        'OS_USERNAME': project.name,
        'OS_PASSWORD': the_lab.password,
        'OS_PROJECT_NAME': project.name,
        'OS_USER_DOMAIN_NAME': 'Default',
        'OS_PROJECT_DOMAIN_NAME': 'Default',
        'OS_REGION_NAME': 'RegionOne',
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv('OS_CLIENT_CONFIG_FILE', raising=False)
    monkeypatch.delenv('OS_CLOUD', raising=False)
    cloud = open_cloud(CloudSpec('envvars'), HttpSettings())
    yield cloud
    cloud.close()
