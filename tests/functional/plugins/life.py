"""The stations of a resource's life as a handler sees them."""

from collections.abc import Callable
from typing import Any

from lab.inside.cloud import wait_until
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource

SECONDS = 60.0


def found(handler: Handler, cloud: Cloud, identifier: str) -> Resource:
    """Return a resource out of the listing, once the look at it says the same."""
    ref = Ref(handler.kind, identifier)

    def agreed() -> Resource | None:
        listed = next((each for each in handler.discover(cloud) if each.ref == ref), None)
        return listed if listed is not None and listed == handler.look(cloud, ref) else None

    return wait_until(f'{ref} in listing and look alike', agreed, SECONDS)


def in_status(handler: Handler, cloud: Cloud, identifier: str, *statuses: str) -> Resource:
    """Return a resource once it is in one of the given states."""
    ref = Ref(handler.kind, identifier)

    def settled() -> Resource | None:
        seen = handler.look(cloud, ref)
        assert seen, f'{ref} is gone'
        return seen if seen.status in statuses else None

    return wait_until(f'{ref} as {statuses}', settled, SECONDS)


def climb(handler: Handler, cloud: Cloud, resource: Resource, name: str) -> None:
    """Take one step of the ladder of a resource as it is now."""
    fresh = handler.look(cloud, resource.ref)
    assert fresh
    (step,) = (each for each in handler.ladder(fresh) if each.name == name)
    step.run(cloud, fresh)


def names(handler: Handler, cloud: Cloud, resource: Resource) -> list[str]:
    """Return the steps of the ladder of a resource as it is now."""
    fresh = handler.look(cloud, resource.ref)
    assert fresh
    return [step.name for step in handler.ladder(fresh)]


def await_end(handler: Handler, cloud: Cloud, resource: Resource) -> None:
    """Return when the resource is neither listed nor shown."""

    def ended() -> bool:
        is_listed = any(each.ref == resource.ref for each in handler.discover(cloud))
        return not is_listed and handler.look(cloud, resource.ref) is None

    wait_until(f'the end of {resource.ref}', ended, SECONDS)


def until(what: str, condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds."""
    return wait_until(what, condition, SECONDS)
