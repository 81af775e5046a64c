"""tempest on the lab: its own virtual environment, a folder with its configuration, and its commands."""

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import environment, services
from lab.layout import REGION, Lab

# In seconds, the time between two looks at what tempest waits for is a second at least: less is refused.
CONFIGURATION = """\
[DEFAULT]
log_file = tempest.log
record_resources = true
resource_name_prefix = {prefix}
[oslo_concurrency]
lock_path = {folder}/lock
[auth]
admin_username = admin
admin_password = {password}
admin_project_name = admin
admin_domain_name = Default
use_dynamic_credentials = true
[identity]
uri_v3 = {auth_url}
auth_version = v3
region = {region}
[compute]
flavor_ref = {flavor}
flavor_ref_alt = {flavor_alt}
image_ref = {image}
image_ref_alt = {image}
build_interval = 1
build_timeout = 60
[compute-feature-enabled]
vnc_console = false
[network]
public_network_id = {public}
project_network_cidr = 10.100.0.0/16
build_interval = 1
[volume]
backend_names = lab
storage_protocol = local
vendor_name = lab
build_interval = 1
build_timeout = 20
[validation]
run_validation = false
[service_available]
swift = false
horizon = false
"""


@dataclass(frozen=True, slots=True)
class Tempest:
    """tempest in a folder of its own.

    :ivar folder: its workspace: the configuration, stestr's repository, the log.
    """

    lab: Lab
    folder: Path

    @classmethod
    def make(cls, lab: Lab, connection: Any, folder: Path, prefix: str = 'tempest') -> 'Tempest':
        """Install tempest unless it is, and write its configuration into a folder.

        :param connection: the admin's connection.
        :param prefix: how the names of all that it makes begin; a volume called ``faildelete`` does not go, see
            ``lab.inside.cinder_driver``.
        :raises LabError: if it cannot be installed.
        """
        environment.ensure(cls.location(), services.outer_variables(lab), environment.TEMPEST)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = cls(lab, folder)
        made.write(connection, prefix)
        if not (folder / '.stestr').exists():
            subprocess.run([made.program('stestr'), 'init'], cwd=folder, env=made.variables, check=True)
        return made

    @staticmethod
    def location() -> Path:
        """Return where its virtual environment is."""
        return environment.location(environment.TEMPEST)

    @property
    def configuration(self) -> Path:
        """Its ``tempest.conf``, which holds the admin's password."""
        return self.folder / 'tempest.conf'

    @property
    def variables(self) -> dict[str, str]:
        """What its processes run with: nothing that names another cloud."""
        kept = {name: value for name, value in os.environ.items() if name in services.KEPT_VARIABLES}
        path = f'{self.location()}/bin{os.pathsep}{kept["PATH"]}'
        return kept | {'PATH': path, 'HOME': str(self.folder), 'PYTHONWARNINGS': 'ignore'}

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.location() / 'bin' / name)

    def write(self, connection: Any, prefix: str) -> None:
        """Write the configuration anew."""
        values = {
            'prefix': prefix,
            'folder': self.folder,
            'password': self.lab.password,
            'auth_url': self.lab.endpoint('keystone'),
            'region': REGION,
            'flavor': connection.compute.find_flavor('tiny').id,
            'flavor_alt': connection.compute.find_flavor('small').id,
            'image': connection.image.find_image('tiny').id,
            'public': connection.network.find_network('public').id,
        }
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(CONFIGURATION.format(**values))

    def start(self, tests: Iterable[str], stream: Path, workers: int = 2) -> 'subprocess.Popen[bytes]':
        """Begin a run in a process group of its own, so that it can be killed as a whole.

        :param tests: tests, or classes of tests.
        :param stream: the file for its results, a subunit stream.
        """
        chosen = '|'.join(each.replace('.', r'\.') for each in tests)
        command = [self.program('tempest'), 'run', '--config-file', str(self.configuration), '--subunit']
        command += ['--concurrency', str(workers), '--regex', rf'^({chosen})(\.|\[|$)']
        with stream.open('wb') as output, (self.folder / 'run.log').open('ab') as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL,
                stdout=output, stderr=log, start_new_session=True,
            )  # fmt: skip

    def run(self, tests: Iterable[str], stream: Path, seconds: float = 300.0) -> int:
        """Run tests to their end.

        :returns: the exit code; 1 when some failed.
        """
        with self.start(tests, stream) as process:
            return process.wait(seconds)

    def cleanup(self, *arguments: str) -> 'subprocess.CompletedProcess[str]':
        """Run ``tempest cleanup``, which keeps its files in the folder."""
        command = [self.program('tempest'), 'cleanup', '--config-file', str(self.configuration), *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
