"""The main job, from a full cloud back to its baseline: what ``make demo`` shows.

It runs the commands as a person would and shows what they print, under short headings. Afterwards it asks the
services themselves, not orphancleanup, whether everything of the baseline is still there.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lab import layout
from lab.errors import LabError
from lab.layout import Lab

#: The faulty backend never answers some deletes: waiting for five minutes would show no more.
CONFIGURATION = """\
[kind:cinder-volume]
deadline = 15
[kind:cinder-snapshot]
deadline = 15
"""
CLEAN, WORK_LEFT = 0, 4


class Demo:
    """The commands of the demo, and the files that they share.

    :param lab: the lab, running.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.folder = lab.root / 'demo'
        self.saved_state = self.folder / 'saved_state.json'
        self.plan = self.folder / 'plan.json'
        self.report = self.folder / 'report.json'
        self.unfinished = self.folder / 'unfinished'
        self.configuration = self.folder / 'orphancleanup.conf'

    def prepare(self) -> None:
        """Make the demo's folder; bring the lab back to its beginning when an earlier demo broke off."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.configuration.write_text(CONFIGURATION)
        if self.unfinished.exists():
            heading('An earlier demo did not end: back to the fresh lab')
            self.run_lab('reset')
        self.unfinished.touch()
        self.run_lab('faults', 'on')

    def run(self) -> None:
        """Tell the whole story.

        :raises LabError: as soon as something does not end as it should.
        """
        self.prepare()
        heading('Three projects with servers, volumes, snapshots, backups and stacks')
        self.seed('projects')
        heading('Before the test run: write down what is there')
        self.orphancleanup('cleanup', '--init-saved-state', self.saved_state, '--overwrite')
        heading('The test run: leaks, deleted projects, and things that will not go')
        for scenario in ('leaks', 'dead-projects', 'stuck'):
            self.seed(scenario)
        heading('After it: what is there that was not? (exit code 4: there is work)')
        preserve = ('--preserve-state', self.saved_state)
        self.orphancleanup(
            'cleanup', '--dry-run', *preserve, '--plan-file', self.plan, '--overwrite', expected=WORK_LEFT
        )
        heading('Apply that plan (exit code 4: the storage backend is broken, and some of it is left)')
        apply = ('cleanup', '--plan', self.plan, '--force', '--yes-remove')
        self.orphancleanup(*apply, '--report-file', self.report, '--overwrite', expected=WORK_LEFT)
        heading('Repair the backend, as the report asks')
        self.run_lab('faults', 'off')
        heading('Once more: now everything goes')
        self.orphancleanup('cleanup', *preserve, '--force', '--yes-remove')
        heading('A dry run is clean')
        self.orphancleanup('cleanup', '--dry-run', *preserve)
        heading('Is everything of the saved state still there? Asked of the services themselves:')
        print(check_baseline(self.lab, self.saved_state))
        self.unfinished.unlink()

    def seed(self, scenario: str) -> None:
        """Run a scenario of the lab; its JSON is for tests, not for people."""
        print(f'$ python3 -m lab seed {scenario}', flush=True)
        command = self._lab('seed', scenario)
        made = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        print(f'{len(made["resources"])} resources in {len(made["projects"])} projects')

    def run_lab(self, *arguments: str) -> None:
        """Run a command of the lab."""
        print('$ python3 -m lab ' + ' '.join(arguments), flush=True)
        subprocess.run(self._lab(*arguments), check=True)

    def orphancleanup(self, *arguments: object, expected: int = CLEAN) -> None:
        """Run the tool itself.

        :raises LabError: when its exit code is another than ``expected``.
        """
        words = [str(argument) for argument in arguments]
        print('$ orphancleanup ' + ' '.join(words), flush=True)
        program = Path(sys.executable).parent / 'orphancleanup'
        command = [str(program), '--config-file', str(self.configuration), *words]
        code = subprocess.run(command, env=environment(self.lab), stdin=subprocess.DEVNULL).returncode
        if code != expected:
            raise LabError(
                f'The last command ended with exit code {code} and should have ended with {expected}.'
            )

    def _lab(self, *arguments: str) -> list[str]:
        return [sys.executable, '-m', 'lab', '--dir', str(self.lab.root), *arguments]


def heading(text: str) -> None:
    """Say what comes next."""
    print(f'\n== {text}', flush=True)


def environment(lab: Lab) -> dict[str, str]:
    """Return the variables that lead a client to the lab, and to no other cloud."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith('OS_')}
    return kept | {
        'OS_CLIENT_CONFIG_FILE': str(lab.clouds_yaml),
        'OS_CLOUD': 'lab',
        'XDG_STATE_HOME': str(lab.root / 'demo' / 'state'),
    }


def getters(cloud: Any) -> dict[str, Callable[[str], object]]:
    """Answer, for each kind, how its service is asked for one resource; a 404 raises."""
    storage, get = cloud.block_storage, {'cinder-volume': cloud.block_storage.get_volume}
    get |= {
        'cinder-snapshot': storage.get_snapshot,
        'cinder-backup': storage.get_backup,
        'cinder-transfer': storage.get_transfer,
        'cinder-group': storage.get_group,
        'cinder-group-snapshot': storage.get_group_snapshot,
        'cinder-attachment': storage.get_attachment,
        'nova-server': cloud.compute.get_server,
        'heat-stack': cloud.orchestration.get_stack,
    }
    return get


def check_baseline(lab: Lab, saved_state: Path) -> str:
    """Ask every service for every resource of a saved state.

    :returns: a sentence with how many there are of each kind.
    :raises LabError: when one is missing.
    """
    import openstack

    os.environ['OS_CLIENT_CONFIG_FILE'] = str(lab.clouds_yaml)
    cloud = openstack.connect(cloud='lab')
    get, counts, missing = getters(cloud), [], []
    for kind, known in sorted(json.loads(saved_state.read_text())['kinds'].items()):
        for identifier in known:
            try:
                get[kind](identifier)
            except openstack.exceptions.NotFoundException:
                missing.append(f'{kind}:{identifier}')
        counts.append(f'{len(known)} {kind}')
    if missing:
        raise LabError(f'{len(missing)} resources of the saved state are gone: {", ".join(missing)}')
    return f'All are there: {", ".join(counts)}.'


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the demo.

    :returns: 0 when everything ended as it should, else 1.
    """
    parser = argparse.ArgumentParser(prog='python3 -m lab.demo', description=__doc__, allow_abbrev=False)
    parser.add_argument('--dir', type=Path, default=layout.default_root(), help='the folder of a running lab')
    options = parser.parse_args(arguments)
    try:
        lab = layout.load(options.dir.absolute())
        Demo(lab).run()
    except (LabError, subprocess.CalledProcessError) as error:
        print(f'\nThe demo did not end as it should. {error}', file=sys.stderr)
        return 1
    print(
        '\nThe lab goes on running. To try for yourself:\n'
        f'  export OS_CLIENT_CONFIG_FILE={lab.clouds_yaml} OS_CLOUD=lab\n'
        f'  {Path(sys.executable).parent}/orphancleanup cleanup --help\n'
        f'To stop it: make lab-down'
    )
    return 0


if __name__ == '__main__':
    sys.exit(main())
