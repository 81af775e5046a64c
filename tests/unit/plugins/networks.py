"""A cloud with a fake Neutron and a fake Nova, and runs of all kinds of Neutron on it."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from orphancleanup import runs
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import Project, Ref
from orphancleanup.plugins.neutron_network.address import AddressGroup, AddressScope, SubnetPool
from orphancleanup.plugins.neutron_network.floatingip import FloatingIP
from orphancleanup.plugins.neutron_network.metering import MeteringLabel
from orphancleanup.plugins.neutron_network.network import Network
from orphancleanup.plugins.neutron_network.policy import QosPolicy, RbacPolicy
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.plugins.neutron_network.quota import Quota
from orphancleanup.plugins.neutron_network.router import Router
from orphancleanup.plugins.neutron_network.security_group import SecurityGroup
from orphancleanup.plugins.neutron_network.segment import Segment
from orphancleanup.plugins.neutron_network.subnet import Subnet
from orphancleanup.plugins.neutron_network.trunk import Trunk
from orphancleanup.plugins.nova_server.server import Server
from orphancleanup.progress import Silence
from orphancleanup.results import Applied, Review
from orphancleanup.settings import Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.table import TableHandler
from orphancleanup.testing import FakeCloud
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_networking import PROJECT, Networking

KINDS: tuple[type[Handler], ...] = (
    AddressGroup, AddressScope, FloatingIP, MeteringLabel, Network, Port, QosPolicy, Quota, RbacPolicy, Router,
    SecurityGroup, Segment, Subnet, SubnetPool, Trunk,
)  # fmt: skip
ORPHANS = Request(Selection(orphans=True))
EVERYTHING = Request(Selection(everything=True))


class Projects(TableHandler):
    """Projects, as a package of its own brings them."""

    kind, service, path, key = 'keystone-project', 'identity', '/projects', 'projects'
    project_field = ''


class World:
    """The cloud: one project lives."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cloud = FakeCloud(projects=[Project(PROJECT, 'living', 'default')])
        self.neutron, self.nova = Networking(self.cloud), Compute(self.cloud)
        self.add = self.neutron.add
        limits = Limits(max_share=100)
        handlers = (*(kind() for kind in KINDS), Server(), Projects())
        registry = build([Loaded(each, each.kind, 'tests 1.0') for each in handlers])
        self.site = Site(
            self.cloud, registry, self.cloud.clock, dataclasses.replace(Settings(), limits=limits), Silence()
        )

    def review(self, request: Request) -> Review:
        return runs.review(self.site, request)

    def verdicts(self, request: Request) -> Mapping[str, Verdict]:
        """Return id to verdict."""
        return {each.resource.id: each for each in self.review(request).verdicts}

    def going(self, request: Request) -> set[str]:
        """Return the ids of what goes, with its owner or by itself."""
        return {entry.ref.id for entry in self.review(request).plan.entries}

    def clean(self, request: Request) -> Applied:
        return runs.apply(self.site, self.review(request).plan, RunFolder.create(self.cloud.clock, self.root))

    def ids(self, key: str) -> set[str]:
        """Return what Neutron has of a collection."""
        return set(self.neutron.of[key].items)


def named(*refs: str) -> Request:
    """Return what asks for resources by name."""
    return Request(Selection(refs=frozenset(map(Ref.parse, refs))))


def everything_of(project: str) -> Request:
    """Return what asks for all that is in a project."""
    return Request(Selection(everything=True), Reach(projects=frozenset({project})))
