"""What runs on a worker: one job for one kind. Arguments and answers are plain values.

Every function is importable and takes an *opener* first, which answers the cloud and the handlers. With threads
it hands out the ones of this process; an engine that spreads over machines gives one that connects by itself.
"""

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from orphancleanup import discover, errors
from orphancleanup.api import Cloud
from orphancleanup.handler import GivesEvidence
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.registry import Registry

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker works with."""

    cloud: Cloud
    registry: Registry


Opener = Callable[[], Bench]


class Reply(enum.StrEnum):
    """How the cloud answered to a step."""

    ACCEPTED = 'accepted'
    GONE = 'gone'
    REFUSED = 'refused'
    FORBIDDEN = 'forbidden'
    UNKNOWN = 'unknown'


@dataclass(frozen=True, slots=True)
class Batch:
    """The same step for some resources of one kind and one tenant."""

    kind: str
    project_id: str
    step: str
    resources: tuple[Resource, ...]

    def lost(self, why: str) -> 'tuple[Answer, ...]':
        """Answer that nothing is known, since the worker did not come back."""
        return tuple(Answer(resource.ref, Reply.UNKNOWN, why) for resource in self.resources)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one step for one resource."""

    ref: Ref
    reply: Reply
    text: str = ''
    request_id: str = ''


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at a kind showed.

    :param found: what is there.
    :param unclear: reference to the sentence that says why nothing is known about it.
    :param failed: why the whole look failed; nothing is known about anything then.
    """

    found: dict[Ref, Resource] = field(default_factory=dict)
    unclear: dict[Ref, str] = field(default_factory=dict)
    failed: str = ''


def lost_sight(why: str) -> Sight:
    """Answer that nothing is known, since the worker did not come back."""
    return Sight(failed=why)


def run_batch(opener: Opener, batch: Batch) -> tuple[Answer, ...]:
    """Take one step for each resource of a batch, one after the other."""
    bench = opener()
    return tuple(_take(bench, batch.step, resource) for resource in batch.resources)


def _take(bench: Bench, name: str, resource: Resource) -> Answer:
    ref = resource.ref
    try:
        _step(bench, name, resource).run(bench.cloud, resource)
    except errors.NotFound as error:
        return Answer(ref, Reply.GONE, error.message, error.request_id)
    except errors.Forbidden as error:
        return Answer(ref, Reply.FORBIDDEN, error.message, error.request_id)
    except errors.ApiError as error:
        reply = Reply.UNKNOWN if error.status >= 500 or error.status == 429 else Reply.REFUSED
        return Answer(ref, reply, error.message, error.request_id)
    except errors.Unreachable as error:
        return Answer(ref, Reply.UNKNOWN, error.message, error.request_id)
    except errors.OrphancleanupError as error:
        # No token, no proof, no such step any more: nothing was refused, so nothing harsher may follow.
        return Answer(ref, Reply.UNKNOWN, str(error))
    except Exception as error:  # the item boundary: one broken item, or handler, must not stop the others
        LOG.exception('The step %s of %s failed', name, ref)
        return Answer(
            ref, Reply.UNKNOWN, f'the handler failed ({type(error).__name__}: {error}); see the log'
        )
    return Answer(ref, Reply.ACCEPTED)


def _step(bench: Bench, name: str, resource: Resource) -> Step:
    for step in bench.registry.handler(resource.kind).ladder(resource):
        if step.name == name:
            return step
    raise errors.PluginError(f'{resource.kind} has no step {name} for {resource.ref} any more')


def read_kind(opener: Opener, kind: str) -> Sight:
    """List a kind completely."""
    bench = opener()
    try:
        return Sight(found=discover.listing(bench.registry.handler(kind), bench.cloud))
    except errors.CloudError as error:
        return Sight(failed=str(error))


def look_at(opener: Opener, kind: str, refs: tuple[Ref, ...]) -> Sight:
    """Look at some resources one by one, with what they hold."""
    bench, sight = opener(), Sight()
    for ref in refs:
        try:
            fresh = bench.registry.handler(kind).look(bench.cloud, Resource(ref))
            if fresh:
                sight.found[ref] = discover.with_parts(bench.registry, bench.cloud, fresh)
        except errors.NotFound:
            continue
        except errors.CloudError as error:
            sight.unclear[ref] = str(error)
        except Exception as error:
            LOG.exception('Looking at %s failed', ref)
            sight.unclear[ref] = f'the handler failed ({type(error).__name__}: {error}); see the log'
    return sight


def gather_evidence(opener: Opener, resource: Resource) -> tuple[Evidence, ...]:
    """Answer what a service tells about a resource that would not go; a failure to ask is evidence too."""
    bench = opener()
    handler = bench.registry.handler(resource.kind)
    if not isinstance(handler, GivesEvidence):
        return ()
    try:
        return tuple(handler.evidence(bench.cloud, resource))
    except errors.CloudError as error:
        return (Evidence('api', f'more could not be read: {error}'),)
    except Exception as error:
        LOG.exception('The evidence of %s could not be read', resource.ref)
        return (Evidence('api', f'more could not be read ({type(error).__name__}: {error}); see the log'),)
