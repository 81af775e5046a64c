"""What a listing costs: our handler's against openstacksdk's objects: python -m bench.listing [--count N]."""

import argparse
import os
import time
from argparse import Namespace
from collections.abc import Callable

from bench import figures
from lab.scenarios import many
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.settings import HttpSettings
from tests.functional.sandbox import Sandbox, find_lab


def main(count: int, rounds: int) -> None:
    lab = find_lab()
    sandbox = Sandbox.open(lab)
    project = sandbox.project('bench')
    os.environ['OS_CLIENT_CONFIG_FILE'] = str(lab.clouds_yaml)
    cloud = open_cloud(CloudSpec('lab'), HttpSettings())
    try:
        options = Namespace(
            kind='cinder-volume', count=count, project=project.name, prefix='bench', threads=8
        )
        many.make(sandbox.seeder, options)
        ways: dict[str, Callable[[], object]] = {
            'orphancleanup: the handler of volumes': lambda: list(Volume().discover(cloud)),
            'openstacksdk: block_storage.volumes()': lambda: list(
                sandbox.admin.block_storage.volumes(details=True, all_projects=True)
            ),
        }
        for way in ways.values():
            way()
        figures.show(f'Listing {count} volumes, by the clock', figures.in_turns(ways, rounds))
        cpu = figures.in_turns(ways, rounds, time.process_time)
        figures.show(f'Listing {count} volumes, CPU time of the client', cpu)
    finally:
        cloud.close()
        sandbox.clear()
        sandbox.close()


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=100)
    parser.add_argument('--rounds', type=int, default=9)
    arguments = parser.parse_args()
    main(arguments.count, arguments.rounds)
