"""A tenant of its own for each module of functional tests, and an administrator's view of the lab."""

import uuid
from collections.abc import Iterator

import pytest

from lab.layout import Lab
from lab.scenarios.tenant import Seeder, Tenant
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.settings import HttpSettings
from tests.functional.plugins import sweep


@pytest.fixture(scope='session')
def seeder(the_lab: Lab) -> Seeder:
    return Seeder.connect(the_lab)


@pytest.fixture(scope='session')
def cloud(the_lab: Lab) -> Iterator[RealCloud]:
    """Answer the lab as an administrator sees it; changes are allowed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('OS_CLIENT_CONFIG_FILE', str(the_lab.clouds_yaml))
        cloud = open_cloud(CloudSpec('lab'), HttpSettings())
    cloud.allow_changes()
    yield cloud
    cloud.close()


@pytest.fixture(scope='module')
def tenant(seeder: Seeder) -> Iterator[Tenant]:
    """Answer a tenant that goes with all that is in it."""
    tenant = seeder.tenant(f'handlers-{uuid.uuid4().hex[:8]}')
    yield tenant
    sweep.remove(tenant, seeder.admin)
