"""What each kind says to an account that is no administrator of the cloud."""

import uuid
from typing import Any

import pytest

from lab.scenarios import storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Ref
from orphancleanup.plugins.cinder_volume.attachment import Attachment
from orphancleanup.plugins.cinder_volume.backup import Backup
from orphancleanup.plugins.cinder_volume.group import Group
from orphancleanup.plugins.cinder_volume.group_snapshot import GroupSnapshot
from orphancleanup.plugins.cinder_volume.snapshot import Snapshot
from orphancleanup.plugins.cinder_volume.transfer import Transfer
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.plugins.nova_server.server import Server
from tests.functional.marks import FUNCTIONAL

pytestmark = FUNCTIONAL
CINDER: list[Handler] = [
    Volume(), Snapshot(), Backup(), Group(), GroupSnapshot(), Transfer(), Attachment(),
]  # fmt: skip


@pytest.fixture(scope='module')
def volume(project: Project) -> Any:
    """Return a volume of the account's own, so that no list of volumes is empty."""
    return storage.available(project, storage.volume(project, f'disk-{uuid.uuid4().hex[:8]}'))


@pytest.mark.parametrize('handler', [*CINDER, Server(), Stack()], ids=lambda handler: handler.kind)
def test_a_list_that_is_no_administrators_is_never_taken_for_the_whole(
    member: RealCloud, volume: Any, handler: Handler
) -> None:
    with pytest.raises(IncompleteListing, match=r'role admin|context_is_admin'):
        list(handler.discover(member))


@pytest.mark.parametrize('handler', CINDER, ids=lambda handler: handler.kind)
def test_a_404_to_somebody_who_is_no_administrator_is_not_gone(member: RealCloud, handler: Handler) -> None:
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(member, Ref(handler.kind, str(uuid.uuid4())))


@pytest.mark.parametrize('handler', [*CINDER, Server(), Stack()], ids=lambda handler: handler.kind)
def test_an_administrator_is_shown_all(cloud: RealCloud, volume: Any, handler: Handler) -> None:
    found = list(handler.discover(cloud))
    if handler.kind == 'cinder-volume':
        assert volume.id in {each.id for each in found}
