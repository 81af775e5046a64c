"""Volumes of the real Cinder on the lab's 3PAR array: what is left over, and what is busy."""

import datetime
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from lab.inside.cloud import wait_until
from lab.layout import Lab
from lab.scenarios import compute, network, storage
from lab.scenarios.project import Project
from lab.threepar.server import EDITOR, PASSWORD
from orphancleanup import runs
from orphancleanup.clock import SystemClock
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.outcome import Outcome, Result
from orphancleanup.plugins.threepar_lun import names, sides
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings, HttpSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from tests.functional.marks import FUNCTIONAL
from tests.unit.plugins.threepar_lun.fake_hosts import Hosts
from tests.unit.plugins.threepar_lun.world import registry

pytestmark = FUNCTIONAL
CPG = 'OpenStack'
LEVELS = frozenset({Level.API, Level.FORCE, Level.BACKEND})


class Wsapi:
    """The array as its operator sees it."""

    def __init__(self, url: str) -> None:
        self.url, self.root = url, url.removesuffix('/api/v1')
        key = requests.post(
            f'{url}/credentials', json={'user': EDITOR, 'password': PASSWORD}, timeout=20
        ).json()['key']
        self.headers = {'X-HP3PAR-WSAPI-SessionKey': key}

    def get(self, path: str) -> Any:
        return requests.get(f'{self.url}{path}', headers=self.headers, timeout=20).json()

    def create(self, name: str) -> None:
        body = {'name': name, 'cpg': CPG, 'sizeMiB': 1024}
        requests.post(f'{self.url}/volumes', json=body, headers=self.headers, timeout=20).raise_for_status()
        body = {'creationTimeSec': int(time.time()) - 10 * 86400}
        requests.patch(f'{self.root}/lab/volumes/{name}', json=body, timeout=20).raise_for_status()

    def delete(self, name: str) -> None:
        requests.delete(f'{self.url}/volumes/{name}', headers=self.headers, timeout=20).raise_for_status()

    def has(self, name: str) -> bool:
        return 'name' in self.get(f'/volumes/{name}')

    def exports(self, name: str) -> list[dict[str, Any]]:
        found = self.get('/vluns')['members']
        return [each for each in found if each['volumeName'] == name and not each['active']]

    def close(self) -> None:
        key = self.headers['X-HP3PAR-WSAPI-SessionKey']
        requests.delete(f'{self.url}/credentials/{key}', timeout=20)


@pytest.fixture
def array(the_lab: Lab) -> Iterator[Wsapi]:
    array = Wsapi(the_lab.description()['array_url'])
    yield array
    array.close()


@pytest.fixture
def hosts() -> Hosts:
    hosts = Hosts()
    hosts.hosts = ()
    return hosts


@pytest.fixture
def site(the_lab: Lab, tmp_path: Path, hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(the_lab.clouds_yaml))
    (tmp_path / 'password').write_text(PASSWORD)
    (tmp_path / 'password').chmod(0o600)
    options = {
        'api_url': the_lab.description()['array_url'], 'username': EDITOR, 'cpgs': [CPG], 'ca_file': None,
        'password_file': str(tmp_path / 'password'), 'timeout': 20.0, 'grace': 86400.0,
    }  # fmt: skip
    settings = Settings(
        execution=ExecutionSettings(
            levels=LEVELS, deadlines={'cinder-volume': 8.0}, first_poll=0.3, last_poll=2.0
        ),
        limits=Limits(max_share=100),
    )
    cloud = open_cloud(CloudSpec('lab'), HttpSettings(), options={'3par:lab': options})
    cloud.kept(sides.KEPT, lambda: hosts)
    try:
        yield Site(cloud, registry(), SystemClock(), settings, Silence())
    finally:
        cloud.close()


def verdicts(site: Site) -> dict[str, Verdict]:
    reach = Reach(kinds=frozenset({'3par-lun', '3par-vlun', '3par-vvset'}))
    review = runs.review(site, Request(Selection(orphans=True), reach))
    return {each.resource.id.partition('@')[0]: each for each in review.verdicts}


def clean(site: Site, ref: Ref, tmp_path: Path) -> Outcome:
    plan = runs.review(site, Request(Selection(refs=frozenset({ref})))).plan
    applied = runs.apply(site, plan, RunFolder.create(SystemClock(), tmp_path))
    return {outcome.ref: outcome for outcome in applied.outcomes}[ref]


def volume(project: Project, prefix: str = 'disk') -> Any:
    made = storage.volume(project, f'{prefix}-{uuid.uuid4().hex[:8]}', volume_type='array')
    return storage.available(project, made)


def lun_of(made: Any) -> str:
    return names.encode(Role.VOLUME, made.id)


def busy(project: Project) -> Any:
    """Make a volume whose export outlived its attachment, and which Cinder will not delete."""
    made = volume(project, 'keepexport')
    server = compute.active(
        project, compute.server(project, f'vm-{uuid.uuid4().hex[:6]}', network.network(project, 'net'))
    )
    compute.attach(project, server, made)
    nova, cinder = project.connection.compute, project.connection.block_storage
    nova.delete_volume_attachment(server, made.id)
    wait_until('the volume', lambda: cinder.get_volume(made.id).status == 'available')
    nova.delete_server(server)
    nova.wait_for_delete(nova.get_server(server.id)) if nova.find_server(server.id) else None
    return made


def test_cinder_keeps_its_volumes_on_the_array_by_the_driver_s_names(project: Project, array: Wsapi) -> None:
    made = volume(project)
    record = array.get(f'/volumes/{lun_of(made)}')
    assert (record['sizeMiB'], record['userCPG']) == (1024, CPG)
    project.connection.block_storage.delete_volume(made)
    wait_until('the end', lambda: not array.has(lun_of(made)))


def test_a_lun_that_cinder_never_knew_goes(
    project: Project, array: Wsapi, site: Site, tmp_path: Path
) -> None:
    living = volume(project)
    lun = names.encode(Role.VOLUME, str(uuid.uuid4()))
    array.create(lun)
    found = verdicts(site)
    assert (found[lun].decision, found[lun].resource.status) == (Decision.REMOVE, 'left over (C)')
    assert found[lun_of(living)].decision is Decision.KEEP
    assert clean(site, found[lun].resource.ref, tmp_path).result is Result.REMOVED
    assert not array.has(lun)
    assert array.has(lun_of(living))


def test_a_volume_that_is_attached_keeps_its_lun_and_its_export(
    project: Project, array: Wsapi, site: Site
) -> None:
    made = volume(project)
    server = compute.active(
        project, compute.server(project, f'vm-{uuid.uuid4().hex[:6]}', network.network(project, 'net'))
    )
    compute.attach(project, server, made)
    [export] = array.exports(lun_of(made))
    place = f'{lun_of(made)},{export["lun"]},{export["hostname"]}'
    found = verdicts(site)
    assert found[place].resource.status == 'exported'
    assert {found[place].decision, found[lun_of(made)].decision} == {Decision.KEEP}


def test_a_busy_volume_goes(project: Project, array: Wsapi, site: Site, hosts: Hosts, tmp_path: Path) -> None:
    made = busy(project)
    cinder = project.connection.block_storage
    cinder.delete_volume(made)
    wait_until('Cinder to give up', lambda: cinder.get_volume(made.id).status == 'available')
    [export] = array.exports(lun_of(made))
    assert verdicts(site)[f'{lun_of(made)},{export["lun"]},{export["hostname"]}'].resource.status.endswith(
        '(D)'
    )
    hosts.add(export['hostname'], array.get(f'/volumes/{lun_of(made)}')['wwn'])
    outcome = clean(site, Ref('cinder-volume', made.id), tmp_path)
    assert outcome.result is Result.REMOVED
    assert outcome.steps[-1] == 'delete-after-lun'
    assert [each.host for each in hosts.stopped] == [export['hostname']]
    assert not array.has(lun_of(made))
    assert cinder.find_volume(made.id) is None


def test_a_busy_volume_whose_map_is_held_stays(
    project: Project, array: Wsapi, site: Site, hosts: Hosts, tmp_path: Path
) -> None:
    made = busy(project)
    [export] = array.exports(lun_of(made))
    wwn = array.get(f'/volumes/{lun_of(made)}')['wwn']
    hosts.add(export['hostname'], wwn, holders=('qemu-kvm (pid 4711) has it open',))
    outcome = clean(site, Ref('cinder-volume', made.id), tmp_path)
    assert outcome.result is not Result.REMOVED
    assert 'qemu-kvm (pid 4711)' in str(outcome)
    assert array.exports(lun_of(made)) == [export]
    # So that the project can be taken away.
    hosts.found.clear()
    assert clean(site, Ref('cinder-volume', made.id), tmp_path / 'again').result is Result.REMOVED


def test_cinder_tells_which_array_a_pool_is_on_so_that_the_array_can_tell_what_it_lacks(
    project: Project, array: Wsapi, site: Site
) -> None:
    made, elsewhere = volume(project), storage.available(project, storage.volume(project, 'elsewhere'))

    def told(one: Any) -> bool | None:
        return Lun().backend_has(site.cloud, Resource(Ref('cinder-volume', one.id)))

    assert (told(made), told(elsewhere)) == (True, None)
    array.delete(lun_of(made))
    assert (told(made), told(elsewhere)) == (False, None)


def test_a_dry_run_logs_out(site: Site, the_lab: Lab, array: Wsapi) -> None:
    assert isinstance(site.cloud, RealCloud)
    verdicts(site)
    begun = datetime.datetime.now(datetime.UTC)
    site.cloud.close()
    assert (datetime.datetime.now(datetime.UTC) - begun).total_seconds() < 20
    assert array.get('/system')['totalNodes'] == 2
