"""The files that the services read."""

import json
from pathlib import Path

import pytest

from lab import configuration, options
from lab.layout import Lab


@pytest.fixture
def written(paper_lab: Lab) -> Lab:
    """Return a lab whose files are written."""
    paste = paper_lab.environment / 'etc/nova/api-paste.ini'
    paste.parent.mkdir(parents=True)
    paste.touch()
    configuration.write(paper_lab)
    return paper_lab


def test_sections_become_an_ini_file() -> None:
    assert configuration.ini({'a': {'x': 1, 'y': True}, 'b': {'z': 'q'}}) == (
        '[a]\nx = 1\ny = True\n\n[b]\nz = q\n'
    )


def test_two_clouds_differ_in_their_scope(paper_lab: Lab) -> None:
    clouds = json.loads(configuration.clouds_yaml(paper_lab))['clouds']
    assert clouds['lab']['auth']['project_name'] == 'admin'
    assert clouds['lab-system']['auth']['system_scope'] == 'all'
    assert {cloud['auth']['auth_url'] for cloud in clouds.values()} == {'http://127.0.0.1:16000/v3'}


def test_files_with_the_password_are_private(written: Lab) -> None:
    holders = [path for path in written.root.rglob('*') if path.is_file() and 'secret' in path.read_text()]
    assert len(holders) == len(configuration.FILES) + 1
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}


def test_services_see_our_modules_and_not_the_checkout(written: Lab) -> None:
    assert sorted(path.name for path in written.python_path.iterdir()) == [
        'lab',
        'orphancleanup_lab-1.0.dist-info',
    ]
    assert (written.python_path / 'lab' / 'inside' / 'bin' / 'sudo').stat().st_mode & 0o100


@pytest.mark.parametrize('render', configuration.FILES.values(), ids=list(configuration.FILES))
def test_every_path_is_in_the_lab_or_its_environment(render: object, paper_lab: Lab) -> None:
    sections = render(paper_lab)  # type: ignore[operator]
    paths = [value for section in sections.values() for value in section.values() if isinstance(value, Path)]
    homes = (paper_lab.root, paper_lab.environment)
    assert all(any(path.is_relative_to(home) for home in homes) for path in paths)


def test_keystone_keeps_all_its_keys_in_the_lab(paper_lab: Lab) -> None:
    sections = options.keystone(paper_lab)
    for name in ('fernet_tokens', 'fernet_receipts', 'credential'):
        assert Path(str(sections[name]['key_repository'])).is_relative_to(paper_lab.state)


def test_trustee_has_no_scope(paper_lab: Lab) -> None:
    assert not [key for key in options.heat(paper_lab)['trustee'] if 'project' in key]


def test_no_service_asks_for_a_broker(paper_lab: Lab) -> None:
    for render in (options.neutron, options.nova, options.cinder, options.heat):
        assert render(paper_lab)['DEFAULT']['transport_url'] == 'fake://'
