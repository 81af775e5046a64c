"""Small values of a run, for tests of what people read."""

import dataclasses
import datetime

from orphancleanup.api import Cloud
from orphancleanup.judging.plan import Entry, Plan
from orphancleanup.judging.verdict import Guard, Reason, Verdict
from orphancleanup.ladder import Step
from orphancleanup.model import (
    CloudIdentity,
    Evidence,
    Inventory,
    Level,
    Part,
    Project,
    Ref,
    Resource,
    Scope,
    Unread,
)
from orphancleanup.outcome import NextStep, Outcome, Result

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
CLOUD = CloudIdentity('http://127.0.0.1:5000/v3', 'RegionOne', 'me', 'admin', 'f1')
DEMO = Project('p1', 'demo')
EVIL = 'evil\x1b[2J\n\u202ename'

VOLUME = Resource(Ref('cinder-volume', 'v1'), EVIL, 'p1', 'available', NOW)
PART = Resource(Ref('cinder-volume', 'v2'), 'part', 'p1', 'in-use')
SERVER = Resource(Ref('nova-server', 's1'), 'web', 'gone', 'ERROR')
KEPT = Resource(Ref('nova-server', 's2'), 'kept', 'p1', 'ACTIVE')
QUIET = Resource(Ref('nova-server', 's3'), 'quiet', '', 'ACTIVE')

NEW = Reason('not-in-baseline', 'it is not in the saved state')
MISSING = Reason('project-missing', 'its project gone no longer exists')
TAGGED = Guard('tagged', 'it is tagged orphancleanup:keep')
PART_OF = Reason('part-of', 'it goes with nova-server:s1 (web)')

VERDICTS = (
    Verdict(QUIET),
    Verdict(KEPT, (NEW,), (TAGGED,)),
    Verdict(PART, (PART_OF,), owners=(SERVER.ref,)),
    Verdict(VOLUME, (NEW,)),
    Verdict(SERVER, (NEW, MISSING)),
)
UNREAD = Unread(Scope('cinder-backup'), 'HTTP 500: oops (req-1)')
INVENTORY = Inventory(
    resources={verdict.resource.ref: verdict.resource for verdict in VERDICTS},
    projects={'p1': DEMO},
    listed=frozenset({'cinder-volume', 'nova-server'}),
    unread=(UNREAD,),
    absent={'heat-stack': 'the catalogue has no orchestration service.'},
)
PLAN = Plan(
    cloud=CLOUD,
    created_at=NOW,
    entries=(
        Entry(VOLUME, (NEW,)),
        Entry(SERVER, (NEW, MISSING), waits_for=(VOLUME.ref,)),
        Entry(PART, (PART_OF,), owners=(SERVER.ref,)),
    ),
    seen={'cinder-volume': 2, 'nova-server': 3},
    requests={'cinder-volume': 1, 'nova-server': 4},
    projects={'p1': DEMO},
    unread=(UNREAD,),
)
OUTCOMES = (
    Outcome(VOLUME.ref, EVIL, 'p1', Result.REMOVED, steps=('delete',)),
    Outcome(
        SERVER.ref,
        'web',
        'gone',
        Result.LEFT,
        'it is still there after 300 s',
        ('delete',),
        NextStep('force-delete', Level.FORCE),
        (Evidence('fault', 'No valid host', 'req-2'),),
    ),
    Outcome(PART.ref, 'part', 'p1', Result.BLOCKED, 'nova-server:s1 stays'),
)


def wider(plan: Plan) -> Plan:
    """Return a plan whose server takes along what no handler knows, and something from what stays."""
    trove = tuple(Part('OS::Trove::Instance', f'db{number}') for number in (1, 2, 3))
    server = dataclasses.replace(SERVER, others=trove[:1], alters=(KEPT.ref, VOLUME.ref))
    volume = dataclasses.replace(VOLUME, others=trove[1:])
    fresh = {VOLUME.ref: volume, SERVER.ref: server}
    entries = tuple(
        dataclasses.replace(entry, resource=fresh.get(entry.ref, entry.resource)) for entry in plan.entries
    )
    return dataclasses.replace(plan, entries=entries)


REQUESTS = {'compute GET': 5, 'block-storage DELETE': 1}


def _run(cloud: Cloud, resource: Resource) -> None:
    raise AssertionError('a step was run')


def ladder(resource: Resource) -> tuple[Step, ...]:
    """Return the same two steps for everything."""
    return (Step('delete', _run), Step('force-delete', _run, Level.FORCE))
