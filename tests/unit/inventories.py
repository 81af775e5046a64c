"""Small inventories and what they are judged to be, for tests of the judging rooms."""

import datetime

from orphancleanup.judging import classify
from orphancleanup.judging.baseline import Baseline, KnownResource
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import CloudIdentity, Inventory, Project, Ref, Resource
from tests.unit.storehouse import registry

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
OLD = NOW - datetime.timedelta(days=30)
HERE = CloudIdentity('http://cloud', 'RegionOne', 'user', 'project', 'print')
ALPHA = Project('alpha', 'alpha')
SERVICE = Project('svc', 'service')
LISTED = frozenset({'thing', 'bit', 'box'})
REGISTRY = registry()
EVERYTHING = Request(Selection(everything=True))


def thing(identifier: str, kind: str = 'thing', **fields: object) -> Resource:
    basic = {'name': identifier, 'project_id': 'alpha', 'status': 'available', 'created_at': OLD}
    return Resource(Ref(kind, identifier), **{**basic, **fields})  # type: ignore[arg-type]


def inventory(*resources: Resource, **fields: object) -> Inventory:
    basic = {'projects': {'alpha': ALPHA, 'svc': SERVICE}, 'listed': LISTED}
    return Inventory({resource.ref: resource for resource in resources}, **{**basic, **fields})  # type: ignore[arg-type]


def judge(found: Inventory, request: Request = EVERYTHING) -> dict[str, Verdict]:
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    assert len(verdicts) == len(found.resources)
    return {verdict.resource.id: verdict for verdict in verdicts}


def codes(verdict: Verdict) -> tuple[set[str], set[str]]:
    return {reason.code for reason in verdict.reasons}, {guard.code for guard in verdict.guards}


def baseline(*known: Ref, **fields: object) -> Baseline:
    basic = {'complete': LISTED, 'cloud': HERE}
    return Baseline({ref: KnownResource() for ref in known}, **{**basic, **fields})  # type: ignore[arg-type]
