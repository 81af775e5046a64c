"""A tenant of its own for each module of functional tests, and an administrator's view of the lab."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import layout, record
from lab.scenarios.tenant import Seeder, Tenant
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.settings import HttpSettings
from tests.functional.plugins import sweep


@pytest.fixture(scope='session')
def lab() -> layout.Lab:
    """Answer the running lab: the one of ``OS_CLIENT_CONFIG_FILE``, else that of the checkout."""
    named = os.environ.get('OS_CLIENT_CONFIG_FILE')
    return record.load(Path(named).parent if named else record.default_root())


@pytest.fixture(scope='session')
def seeder(lab: layout.Lab) -> Seeder:
    return Seeder.connect(lab)


@pytest.fixture(scope='session')
def cloud(lab: layout.Lab) -> Iterator[RealCloud]:
    """Answer the lab as an administrator sees it; changes are allowed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('OS_CLIENT_CONFIG_FILE', str(lab.clouds_yaml))
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
