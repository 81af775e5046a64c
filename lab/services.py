"""The table of services, and how each is started and waited for."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab import environment, processes
from lab.errors import LabError
from lab.health import answers
from lab.layout import Lab

START_SECONDS = 120.0
KEPT_VARIABLES = ('PATH', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH')


@dataclass(frozen=True, slots=True)
class Service:
    """One OpenStack service in one process.

    :ivar name: its name in the port table.
    :ivar module: the module of ``lab.inside`` that is run.
    :ivar arguments: what that module gets after the port; the configuration files excepted.
    :ivar packages: what is installed where it runs.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    packages: environment.Packages = environment.SERVICES


# Keystone has one thread: several gave a spurious 401 or 403 now and then after a role grant.
KEYSTONE = Service('keystone', 'serve', ('keystone.wsgi.api', '1'))
OTHERS = (
    Service('glance', 'serve', ('glance.wsgi.api', '8')),
    Service('placement', 'serve', ('placement.wsgi.api', '8')),
    Service('neutron', 'neutron_all'),
    Service('nova', 'nova_all'),
    Service('cinder', 'cinder_all'),
    Service('heat', 'heat_all'),
)
SERVICES = (KEYSTONE, *OTHERS)
#: what a lab has only when it is asked for
EXTRAS = (
    Service('contrail', 'contrail_api'),
    Service('sahara', 'sahara_all', packages=environment.SAHARA),
)
# These read --config-file; the rest OS_*_CONFIG_DIR.
WITH_CONFIG_FILE = ('cinder', 'heat', 'sahara')
# These are told which lab it is.
WITH_FOLDER = ('contrail',)


def python(lab: Lab, packages: environment.Packages = environment.SERVICES) -> list[str]:
    """Return the start of a command line that runs one of our modules inside an environment."""
    return [str(folder(lab, packages) / 'bin' / 'python'), '-P', '-m']


def folder(lab: Lab, packages: environment.Packages) -> Path:
    """Return the virtual environment that something runs in: the lab's own, or one that only an extra has."""
    return lab.environment if packages is environment.SERVICES else environment.location(packages)


def variables(lab: Lab) -> dict[str, str]:
    """Return the environment of the services: nothing of the caller's clouds, caches or proxies."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    # First a stand-in for sudo: privsep and rootwrap commands run as the lab's own user.
    path = (f'{lab.python_path}/lab/inside/bin', f'{lab.environment}/bin', kept['PATH'])
    directories = ('keystone', 'glance', 'placement', 'nova', 'neutron')
    return kept | {
        'PATH': os.pathsep.join(path),
        'PYTHONPATH': str(lab.python_path),
        'PYTHONWARNINGS': 'ignore',
        # Memory freed by one thread of many goes back to the system.
        'MALLOC_ARENA_MAX': '2',
        # setproctitle would overwrite the marks that our processes are found by.
        'SPT_NOENV': '1',
        'HOME': str(lab.state / 'home'),
        'XDG_CACHE_HOME': str(lab.state / 'home'),
        'TMPDIR': str(lab.state / 'tmp'),
        'OS_NEUTRON_CONFIG_FILES': 'neutron.conf',
        **{f'OS_{each.upper()}_CONFIG_DIR': str(lab.etc / each) for each in directories},
    }


def configuration_file(lab: Lab, service: str) -> list[str]:
    """Return the arguments that name a service's configuration file.

    Two words: keystone-manage does not see ``--config-file=FILE``.
    """
    name = 'glance-api' if service == 'glance' else service
    return ['--config-file', f'{lab.etc}/{service}/{name}.conf']


def extras(lab: Lab) -> tuple[Service, ...]:
    """Return what a lab has besides."""
    return tuple(each for each in EXTRAS if each.name in lab.extras)


def launch(lab: Lab, service: Service) -> None:
    """Start a service unless it runs."""
    if processes.is_alive(lab.root, service.name):
        return
    command = [
        *python(lab, service.packages), f"lab.inside.{service.module}", str(lab.port(service.name)), *service.arguments,
    ]  # fmt: skip
    if service.name in WITH_CONFIG_FILE:
        command += configuration_file(lab, service.name)
    if service.name in WITH_FOLDER:
        command.append(str(lab.root))
    processes.start(lab, processes.Command(service.name, command, variables(lab)))


def wait(lab: Lab, services: Iterable[Service]) -> None:
    """Wait until the services' APIs answer.

    :raises LabError: with the log's path, if one dies or is silent for two minutes.
    """
    pending = list(services)
    end = time.monotonic() + START_SECONDS
    while pending := [each for each in pending if not answers(lab.url(each.name))]:
        for service in pending:
            log = lab.log / f'{service.name}.log'
            if not processes.is_alive(lab.root, service.name):
                raise LabError(f'{service.name} died during its start; its log is {log}.')
            if time.monotonic() > end:
                raise LabError(f'{service.name} was silent for {START_SECONDS:.0f} s; its log is {log}.')
        time.sleep(0.2)


def outer_variables(lab: Lab) -> dict[str, str]:
    """Return the caller's own environment, marked as this lab's: for pip, which may need a proxy."""
    return {**os.environ, **processes.marks(lab.root, 'pip')}
