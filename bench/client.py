"""What is measured, in a process of its own: python -m bench.client WAY PROJECT; prints the seconds of the work."""

import json
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor


def ours(project: str) -> float:
    """Survey, plan and apply, as the command does, without the start and the words."""
    from orphancleanup import runs
    from orphancleanup.clock import SystemClock
    from orphancleanup.clouds.connect import CloudSpec, open_cloud
    from orphancleanup.installed import registry
    from orphancleanup.judging.selection import Reach, Request, Selection
    from orphancleanup.progress import Silence
    from orphancleanup.settings import Limits, Settings
    from orphancleanup.site import Site
    from orphancleanup.storing.run_folder import RunFolder

    settings = Settings(limits=Limits(max_removals=10**6, max_share=100))
    handlers, begun = registry.load(), time.perf_counter()
    site = Site(open_cloud(CloudSpec('fake'), settings.http), handlers, SystemClock(), settings, Silence())
    request = Request(Selection(everything=True), Reach(projects=frozenset({project})))
    applied = runs.apply(site, runs.review(site, request).plan, RunFolder.create(site.clock))
    seconds = time.perf_counter() - begun
    assert all(outcome.result.is_done for outcome in applied.outcomes)
    return seconds


def project_cleanup(project: str) -> float:
    """What openstacksdk has for the same, as the project's own user."""
    import openstack

    begun = time.perf_counter()
    with openstack.connect(cloud='fake', project_id=project, project_name=None) as connection:
        connection.project_cleanup(dry_run=False, wait_timeout=600)
    return time.perf_counter() - begun


def bare(project: str) -> float:
    """Ask for the removal of each volume, with openstacksdk's own adapter and as many threads, and of nothing else."""
    import openstack

    with openstack.connect(cloud='fake') as connection:
        api = connection.block_storage
        volumes = [each.id for each in api.volumes(details=False, all_projects=True, project_id=project)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(lambda volume: api.delete(f'/volumes/{volume}'), volumes))
        return time.perf_counter() - begun


WAYS = {'ours': ours, 'project_cleanup': project_cleanup, 'bare': bare}

if __name__ == '__main__':
    warnings.simplefilter('ignore')
    print(json.dumps({'seconds': WAYS[sys.argv[1]](sys.argv[2])}))
