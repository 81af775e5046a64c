"""Whether other regions may have something in the projects that all of them share: what is there, nobody here sees."""

from collections.abc import Iterable, Iterator

from orphancleanup import errors
from orphancleanup.discovery.survey import Surveyor


def elsewhere(surveyor: Surveyor, kinds: Iterable[str]) -> dict[str, str]:
    """Return kind of projects to the sentence that says why one with nothing in it here may not be empty.

    :param kinds: those that are asked for.
    """
    found = {}
    for kind in surveyor.site.registry.project_kinds.intersection(kinds):
        try:
            regions = set(_regions(surveyor, kind)) - surveyor.site.settings.guards.empty_regions
        except errors.CloudError as error:
            found[kind] = f'whether another region has something in it could not be read: {error}'
            continue
        if regions:
            found[kind] = (
                f'{", ".join(sorted(regions))} may have something in it, which is not looked at from here; clean up '
                f'there first, then name that region in empty_regions of the group [guards]'
            )
    return found


def _regions(surveyor: Surveyor, kind: str) -> Iterator[str]:
    """Yield the other regions that share the service of the projects, and have services of their own beside it."""
    registry, cloud = surveyor.site.registry, surveyor.site.cloud
    shared = registry.handler(kind).service
    for service in {registry.handler(each).service for each in registry.in_projects} - {shared}:
        yield from cloud.sharing_regions(service, shared)
