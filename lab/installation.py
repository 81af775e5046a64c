"""What the first ``up`` does once: schemas, Keystone's keys and its first content."""

import base64
import os
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

from lab import environment, processes, services
from lab.layout import REGION, Lab
from lab.progress import elapsed, say

FOLDERS = (
    "glance/images", "glance/staging", "glance/tasks", "nova/lock", "neutron/lock", "cinder/lock",
    "cinder/backups", "cinder/volumes", "cinder/coordination", "home", "tmp",
    "keystone/fernet", "keystone/credential",
)  # fmt: skip
WORKERS = 3


def install(lab: Lab) -> None:
    """Fill the empty databases; the database server must run.

    :raises LabError: with the log's path, if a step fails.
    """
    for name in FOLDERS:
        (lab.state / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ('fernet', 'credential'):
        write_keys(lab.state / 'keystone' / name)
    tasks: list[Callable[[Lab], None]] = [
        _install_keystone, _sync_neutron, _sync_nova,
        _syncing("cinder", "db", "sync"), _syncing("heat", "db_sync"),
        _syncing("glance", "db_sync"), _syncing("placement", "db", "sync"),
    ]  # fmt: skip
    with ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(task, lab) for task in tasks]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop_all(lab.root)
            raise


def install_extra(lab: Lab, name: str) -> None:
    """Make what an extra needs before it can start: in the database, and in Keystone. May be called again.

    :raises LabError: with the log's path, if a step fails.
    """
    if name != 'sahara':
        return
    run_inside(lab, 'sahara_account')
    folder = services.folder(lab, environment.SAHARA)
    command = [
        str(folder / 'bin/sahara-db-manage'),
        *services.configuration_file(lab, name),
        'upgrade',
        'head',
    ]
    processes.run(lab, processes.Command('sahara-install', command, services.variables(lab)))


def remove_extra(lab: Lab, name: str) -> None:
    """Delete what :func:`install_extra` made, once the extra has ended and the lab is without it.

    :raises LabError: with the log's path, if a step fails.
    """
    if name == 'sahara':
        run_inside(lab, 'sahara_account')


def write_keys(folder: Path) -> None:
    """Write a Fernet key repository: key 1 encrypts, key 0 is the next one."""
    for name in ('0', '1'):
        path = folder / name
        path.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))
        path.chmod(0o600)


def run_inside(lab: Lab, module: str) -> None:
    """Run a module of ``lab.inside`` on this lab."""
    command = [*services.python(lab), f'lab.inside.{module}', str(lab.root)]
    processes.run(lab, processes.Command(module, command, services.variables(lab)))


def _manage(lab: Lab, program: str, *arguments: str) -> None:
    begun = elapsed()
    service = program.partition('-')[0]
    command = [str(lab.environment / 'bin' / program), *services.configuration_file(lab, service), *arguments]
    # In the environment, where no other user sees it; only `bootstrap` reads it.
    variables = services.variables(lab) | {'OS_BOOTSTRAP_PASSWORD': lab.password}
    processes.run(lab, processes.Command(f'{service}-install', command, variables))
    words = ' '.join(each for each in arguments if not each.startswith('-'))
    say(f'{program} {words} ({elapsed() - begun:.1f} s)')


def _syncing(service: str, *arguments: str) -> Callable[[Lab], None]:
    return lambda lab: _manage(lab, f'{service}-manage', *arguments)


def _sync_neutron(lab: Lab) -> None:
    _manage(lab, 'neutron-db-manage', 'upgrade', 'heads')


def _sync_nova(lab: Lab) -> None:
    _manage(lab, 'nova-manage', 'api_db', 'sync')
    _manage(lab, 'nova-manage', 'cell_v2', 'map_cell0')
    _manage(lab, 'nova-manage', 'cell_v2', 'create_cell', '--name=cell1')
    _manage(lab, 'nova-manage', 'db', 'sync')


def _install_keystone(lab: Lab) -> None:
    _manage(lab, 'keystone-manage', 'db_sync')
    url = lab.endpoint('keystone')
    addresses = [f'--bootstrap-{each}-url={url}' for each in ('public', 'internal', 'admin')]
    _manage(lab, 'keystone-manage', 'bootstrap', f'--bootstrap-region-id={REGION}', *addresses)
    services.launch(lab, services.KEYSTONE)
    services.wait(lab, [services.KEYSTONE])
    run_inside(lab, 'catalog')
    say('keystone is up and filled')
