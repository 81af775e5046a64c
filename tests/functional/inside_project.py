"""A run whose one step goes through a project's own session; ``python -m`` this, so that it can be killed.

``apply PROJECT MOMENT`` removes the project's volumes and kills itself (SIGKILL) at a moment: right after the journal
has a record of that event, or ``entered``: as soon as the step is in the project. ``resume`` finishes the latest run.
"""

import functools
import json
import os
import signal
import sys
from collections.abc import Iterable, Sequence

from orphancleanup import runs
from orphancleanup.api import Cloud
from orphancleanup.clock import SystemClock
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.progress import Silence
from orphancleanup.settings import Settings
from orphancleanup.site import Site
from orphancleanup.storing.journal import Journal, Record
from orphancleanup.storing.run_folder import RunFolder


class FromWithin(Handler):
    """Volumes, deleted from within their project, as some services insist on."""

    kind = 'cinder-volume'
    service = 'block-storage'
    moment = ''

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return Volume().discover(cloud)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return Volume().look(cloud, ref)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete-from-within', self.delete),)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        inside = cloud.project(resource.project_id)
        assert inside.project_id == resource.project_id
        if self.moment == 'entered':
            die()
        inside.service(self.service).delete(f'/volumes/{resource.id}')


def die() -> None:
    """End as the kernel ends a process that is out of luck."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(event: str) -> None:
    """Have the process die when the journal has a record of an event."""
    for name in ('write', 'note'):
        method = getattr(Journal, name)

        @functools.wraps(method)
        def written(self: Journal, *records: Record, method=method) -> None:  # type: ignore[no-untyped-def]
            method(self, *records)
            if any(record.get('event') == event for record in records):
                die()

        setattr(Journal, name, written)


def main(mode: str, project: str = '', moment: str = '') -> None:
    """Apply or resume, and print each volume's result."""
    FromWithin.moment = moment
    die_after(moment)
    settings = Settings()
    cloud = open_cloud(CloudSpec('lab'), settings.http)
    registry = build([Loaded(FromWithin(), 'tests', 'tests 1.0')])
    site = Site(cloud, registry, SystemClock(), settings, Silence())
    if mode == 'apply':
        request = Request(Selection(everything=True), Reach(projects=frozenset({project})))
        applied = runs.apply(site, runs.review(site, request).plan, RunFolder.create(site.clock))
    else:
        applied = runs.resume(site, RunFolder.find('latest'))
    cloud.close()
    print(json.dumps({outcome.ref.id: str(outcome.result) for outcome in applied.outcomes}))


if __name__ == '__main__':
    main(*sys.argv[1:])
