"""What a user has after ``pip install``."""

import importlib.metadata
import json

import pytest

from tests.packaging.conftest import Installation

pytestmark = pytest.mark.packaging

GROUPS = (
    'import importlib.metadata, json;'
    'entries = importlib.metadata.distribution("orphancleanup").entry_points;'
    'print(json.dumps([[entry.group, entry.name, entry.value] for entry in entries]))'
)


def entry_points(installation: Installation) -> list[list[str]]:
    done = installation.run('python', '-c', GROUPS)
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


def test_the_program_and_what_runs_on_compute_hosts_are_installed_and_nothing_else(
    installation: Installation,
) -> None:
    expected = {'orphancleanup', 'orphancleanup-host'}
    programs = {path.name for path in (installation.path / 'bin').iterdir()}
    own = {name for name in programs if not name.lower().startswith(('python', 'activate'))}
    assert own == expected


def test_command_tells_its_version(installation: Installation) -> None:
    done = installation.run('orphancleanup', '--version')
    assert (done.returncode, done.stdout, done.stderr) == (0, 'orphancleanup 0.1.0\n', '')


def test_every_entry_point_can_be_loaded(installation: Installation) -> None:
    load = 'import pkgutil, sys; [pkgutil.resolve_name(value) for value in sys.argv[1:]]'
    done = installation.run('python', '-c', load, *(value for _, _, value in entry_points(installation)))
    assert done.returncode == 0, done.stderr


def test_handler_groups_have_no_hyphen(installation: Installation) -> None:
    groups = {
        group for group, _, _ in entry_points(installation) if group.startswith('orphancleanup.handler.')
    }
    assert groups
    assert not any('-' in group for group in groups)


def test_installed_handlers_are_those_of_the_checkout(installation: Installation) -> None:
    ours = importlib.metadata.distribution('orphancleanup').entry_points
    stale = 'the editable install is older than setup.cfg: run `pip install -e .`'
    assert sorted(map(tuple, entry_points(installation))) == sorted(
        (entry.group, entry.name, entry.value) for entry in ours
    ), stale
