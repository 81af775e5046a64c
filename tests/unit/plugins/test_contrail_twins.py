"""Where Contrail is Neutron's backend, a network has two names: it is planned and removed once, through Neutron."""

import datetime
import math
from pathlib import Path

import pytest

from lab.contrail.client import Made
from lab.contrail.estate import Home
from orphancleanup import runs
from orphancleanup.errors import ApiError, Unreachable
from orphancleanup.installed import registry
from orphancleanup.installed.registry import Loaded
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Result
from orphancleanup.plugins.contrail_vn.network import Network
from orphancleanup.plugins.contrail_vn.project import Project
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.table import TableHandler
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_contrail import Contrail

ORPHANS = Request(Selection(orphans=True))


class NeutronNetwork(TableHandler):
    """A plain kind of another package."""

    kind, service = 'neutron-network', 'network'
    path, key = '/networks', 'networks'
    tag_fields = ('tags',)


class Backed:
    """A Neutron whose networks are Contrail's."""

    def __init__(self) -> None:
        self.cloud = FakeCloud(FakeClock(datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)))
        self.contrail = Contrail(self.cloud)
        options = CollectionOptions(refuse=self._delete, all_tenants='')
        self.networks: Collection = self.cloud.collection('network', '/networks', 'networks', options)
        self.home: Home = self.contrail.home('dead')

    def _delete(self, item: Item) -> ApiError | None:
        """Delete the network in Contrail, as Neutron's plug-in does."""
        try:
            self.contrail.ask('DELETE', f'/virtual-network/{item["id"]}')
        except ApiError as error:
            return error
        return None

    def network(self, word: str, **fields: object) -> Made:
        """Make a network with both names."""
        made = self.home.network(word)
        project = self.home.project.uuid.replace('-', '')
        basic = {'project_id': project, 'status': 'ACTIVE', 'created_at': '2025-01-01T00:00:00Z', 'tags': []}
        self.networks.add(id=made.uuid, name=word, **{**basic, **fields})
        return made

    def site(self, *more: TableHandler) -> Site:
        """Return where a run works."""
        handlers = (Network(), Project(), *(more or (NeutronNetwork(),)))
        settings = Settings(
            execution=ExecutionSettings(levels=frozenset({Level.API, Level.BACKEND})),
            limits=Limits(max_share=100),
        )
        known = registry.build(Loaded(each, 'tests', 'tests 1.0') for each in handlers)
        return Site(self.cloud, known, self.cloud.clock, settings, Silence())

    def verdict(self, made: Made) -> Verdict:
        """Return what a dry run says of the network in Contrail."""
        found = runs.review(self.site(), ORPHANS).verdicts
        return next(each for each in found if each.resource.ref == Ref('contrail-vn', made.uuid))


@pytest.fixture
def backed() -> Backed:
    return Backed()


def test_it_goes_once_through_neutron_and_contrail_proves_it(backed: Backed, tmp_path: Path) -> None:
    made = backed.network('net')
    backed.contrail.end(backed.home)
    verdict = backed.verdict(made)
    assert (verdict.decision, verdict.owner) == (Decision.HELD, Ref('neutron-network', made.uuid))
    backed.cloud.requests.clear()
    plan = runs.review(backed.site(), ORPHANS).plan
    applied = runs.apply(backed.site(), plan, RunFolder.create(backed.cloud.clock, tmp_path / 'runs'))
    sent = [(each.service, each.path) for each in backed.cloud.requests if each.method == 'DELETE']
    assert sent == [
        ('network', f'/networks/{made.uuid}'),
        ('contrail', f'/project/{backed.home.project.uuid}'),
    ]
    assert {each.result for each in applied.outcomes} == {Result.REMOVED}


def test_a_network_that_neutron_keeps_is_kept_for_it(backed: Backed) -> None:
    made = backed.network('net', tags=['orphancleanup:keep'])
    backed.contrail.end(backed.home)
    assert {guard.code for guard in backed.verdict(made).guards} == {'owned'}


def test_while_neutron_cannot_be_read_it_is_kept(backed: Backed) -> None:
    made = backed.network('net')
    backed.contrail.end(backed.home)
    backed.cloud.fail(('network', 'GET', '.*'), Unreachable('gone silent'), times=math.inf)
    assert {guard.code for guard in backed.verdict(made).guards} == {'unread'}


def test_a_network_that_neutron_does_not_have_goes_by_itself(backed: Backed) -> None:
    made = backed.home.network('alone')
    backed.network('other')
    backed.contrail.end(backed.home)
    verdict = backed.verdict(made)
    assert (verdict.decision, verdict.owners) == (Decision.REMOVE, ())


def test_without_handlers_of_neutron_it_goes_by_itself(backed: Backed) -> None:
    made = backed.network('net')
    backed.contrail.end(backed.home)
    site = backed.site(OtherThing())
    found = {each.resource.ref: each for each in runs.review(site, ORPHANS).verdicts}
    assert found[Ref('contrail-vn', made.uuid)].decision is Decision.REMOVE


class OtherThing(NeutronNetwork):
    """A kind that no other names."""

    kind = 'other-thing'
