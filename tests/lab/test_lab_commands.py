"""The command line, the table of services, the lock and the fault switch."""

import json
import os
from pathlib import Path

import pytest

from lab import cli, faults, health, layout, scenarios, services
from lab.errors import LabError
from lab.layout import Lab
from lab.locking import exclusive
from lab.ports import PORTS

pytestmark = pytest.mark.filterwarnings('ignore:subprocess \\d+ is still running:ResourceWarning')


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return the folder of a lab that is down."""
    layout.create(tmp_path, 1000)
    return tmp_path


def test_every_port_but_the_database_s_is_a_service_s() -> None:
    assert [each.name for each in services.SERVICES] == [name for name in PORTS if name != 'mariadb']


def test_every_service_has_its_module() -> None:
    inside = Path(cli.__file__).parent / 'inside'
    assert all((inside / f'{each.module}.py').exists() for each in services.SERVICES)


def test_every_scenario_has_its_module() -> None:
    folder = Path(scenarios.__file__).parent
    assert all((folder / f'{each.module}.py').exists() for each in scenarios.SCENARIOS.values())


def test_services_see_nothing_of_the_callers_clouds(paper_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('OS_CLOUD', 'production')
    monkeypatch.setenv('HTTPS_PROXY', 'http://proxy')
    assert not {'OS_CLOUD', 'HTTPS_PROXY'} & set(services.variables(paper_lab))


def test_trouble_is_one_sentence_and_exit_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(['status', '--dir', str(tmp_path)]) == 1
    assert (
        capsys.readouterr().err == f'lab: There is no lab in {tmp_path}: make one with `python3 -m lab up`.\n'
    )


def test_status_of_a_stopped_lab_is_exit_code_one(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['--dir', str(made), 'status', '--json']) == 1
    document = json.loads(capsys.readouterr().out)
    assert [row['service'] for row in document['services']] == list(PORTS)
    assert not document['is_up']


def test_options_may_stand_on_either_side_of_the_command() -> None:
    before = cli.parser().parse_args(['--dir', 'a', '--port-offset', '5', 'status'])
    after = cli.parser().parse_args(['status', '--dir', 'a', '--port-offset', '5'])
    assert (before.dir, before.port_offset) == (after.dir, after.port_offset) == (Path('a'), 5)


def test_down_of_a_stopped_lab_is_well(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['--dir', str(made), 'down']) == 0
    assert 'was not running' in capsys.readouterr().out


def test_remove_takes_a_lab_s_folder_only(made: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp('other')
    assert cli.main(['--dir', str(other), 'down', '--remove']) == 1
    assert cli.main(['--dir', str(made), 'down', '--remove']) == 0
    assert other.exists()
    assert not made.exists()


def test_seed_of_a_stopped_lab_is_refused(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['--dir', str(made), 'seed', 'projects']) == 1
    assert 'is not running: start it with' in capsys.readouterr().err


def test_second_command_is_told_who_is_at_work(tmp_path: Path) -> None:
    at_work = pytest.raises(LabError, match=rf'\(pid {os.getpid()}\) is at work')
    with exclusive(tmp_path), at_work, exclusive(tmp_path):
        raise AssertionError


def test_faults_are_switched_without_a_running_lab(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wanted in ('off', 'status', 'on'):
        assert cli.main(['--dir', str(made), 'faults', wanted]) == 0
    off, status, on = capsys.readouterr().out.splitlines()
    assert off == status == 'faults are off: the storage backend is repaired.'
    assert faults.MEANING in on


def test_table_shows_the_sum() -> None:
    rows = [health.Row('nova', 7, 1, 170, 18774, True), health.Row('heat', None, 0, 0, 18004, False)]
    lines = health.table(rows).splitlines()
    assert lines[1].split() == ['nova', 'up', '7', '18774', '170', '1']
    assert lines[2].split() == ['heat', 'down', '-', '18004', '0', '0']
    assert lines[3].split() == ['total', '170']
