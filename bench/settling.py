"""How many requests a removal costs that takes its time: python -m bench.settling [--volumes N] [--slow N ...].

In this process, on the fake Cinder of the plugins' tests and a clock that only passes when somebody waits.
"""

import argparse
import os
import tempfile
from collections import Counter
from pathlib import Path

from orphancleanup import runs
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.progress import Silence
from orphancleanup.settings import Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.collection import CollectionOptions, Deletion
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_block_storage import BlockStorage
from tests.unit.populated import registry

LATENCY = 0.2


def main(volumes: int, slow: int, seconds: float) -> None:
    """Remove a few volumes of many, each of which takes long to go; print the requests of the apply."""
    cloud = FakeCloud()
    storage = BlockStorage(cloud)
    # The conditions of a deletion do not change; how long it takes does.
    options = CollectionOptions(
        list_paths=('/volumes/detail',), deletion=Deletion(seconds), all_tenants='all_tenants'
    )
    storage.volumes.options = options
    for number in range(volumes):
        storage.add_volume(name=f'{"slow" if number < slow else "other"}-{number}')
    with tempfile.TemporaryDirectory() as home:
        os.environ['XDG_STATE_HOME'] = home
        site = Site(cloud, registry(), cloud.clock, Settings(), Silence())
        plan = runs.review(site, Request(Selection(prefixes=('slow-',)))).plan
        assert len(plan.entries) == slow
        cloud.requests.clear()
        cloud.latency = LATENCY
        applied = runs.apply(site, plan, RunFolder.create(cloud.clock, Path(home)))
    assert all(outcome.result.is_done for outcome in applied.outcomes)
    counts = Counter(
        request.path if request.path.endswith('/detail') else 'one by one'
        for request in cloud.requests
        if request.method == 'GET' and request.service != 'identity'
    )
    print(
        f'{slow} of {volumes} volumes, {seconds:.0f} s each: {counts.total()} GETs besides Keystone: {dict(counts)}'
    )


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--volumes', type=int, default=20_000)
    parser.add_argument('--slow', type=int, nargs='+', default=[3, 4, 100])
    parser.add_argument('--seconds', type=float, default=120.0)
    arguments = parser.parse_args()
    for each in arguments.slow:
        main(arguments.volumes, each, arguments.seconds)
