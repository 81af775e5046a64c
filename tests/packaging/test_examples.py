"""The packages of docs/examples, installed as a third party's are, and checked as their own integration checks them."""

import configparser
import json
import shlex
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.packaging.conftest import LEFT_OUT, ROOT, Installation, build, install

pytestmark = pytest.mark.packaging

EXAMPLES = ROOT / 'docs' / 'examples'
PROJECTS = ('acme-orphancleanup', 'your-package')
GROUP = 'orphancleanup.handler.'


@dataclass(frozen=True, slots=True)
class Example:
    """A package of docs/examples that is installed beside ours, and nothing else.

    :param source: a copy of its folder, away from the checkout.
    """

    name: str
    source: Path
    installation: Installation


def entries(name: str) -> dict[str, str]:
    """Return kind to namespace, as the description of a package announces them."""
    described = tomllib.loads((EXAMPLES / name / 'pyproject.toml').read_text())
    groups = described.get('project', {}).get('entry-points', {})
    setup = configparser.ConfigParser(delimiters=('=',), interpolation=None)
    setup.read(EXAMPLES / name / 'setup.cfg')
    if setup.has_section('options.entry_points'):
        for group, text in setup['options.entry_points'].items():
            groups[group] = dict(line.split(' = ') for line in text.strip().splitlines())
    return {
        kind: group.removeprefix(GROUP).replace('_', '-') for group, kinds in groups.items() for kind in kinds
    }


@pytest.fixture(scope='module', params=PROJECTS)
def example(
    request: pytest.FixtureRequest, wheel_of_plain_copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> Example:
    """Return a package in an environment of its own."""
    folder = tmp_path_factory.mktemp('example')
    source = Path(shutil.copytree(EXAMPLES / request.param, folder / 'source', ignore=LEFT_OUT))
    wheel = build('wheel', source, folder / 'dist', 'setuptools.build_meta')
    return Example(request.param, source, install(folder / 'venv', wheel_of_plain_copy, wheel))


def test_every_package_of_the_docs_is_tried() -> None:
    assert sorted(path.parent.name for path in EXAMPLES.glob('*/pyproject.toml')) == sorted(PROJECTS)


def test_its_kinds_are_found_in_their_namespaces(example: Example) -> None:
    done = example.installation.run('orphancleanup', 'handler', 'list', '-f', 'json')
    assert done.returncode == 0, done.stderr
    listed = {each['kind']: each for each in json.loads(done.stdout)}
    expected = entries(example.name)
    assert expected
    assert {kind: listed[kind]['namespace'] for kind in expected} == expected
    assert {listed[kind]['package'].split()[0] for kind in expected} == {example.name}


def test_what_its_integration_runs_passes(example: Example) -> None:
    text = (EXAMPLES / example.name / '.github' / 'workflows' / 'test.yml').read_text()
    (job,) = yaml.safe_load(text)['jobs'].values()
    commands = [shlex.split(step['run']) for step in job['steps'] if 'run' in step]
    assert commands[0] == ['pip', 'install', '.[test]']
    assert ['orphancleanup', 'handler', 'check', example.name] in commands
    for program, *arguments in commands[1:]:
        if program == 'python':
            # Like the package itself: away from the checkout, and from its source.
            arguments = [each.replace('tests', str(example.source / 'tests')) for each in arguments]
            arguments += ['-q', '-p', 'no:cacheprovider', '--rootdir', str(example.source)]
        done = example.installation.run(program, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


def test_its_readme_names_what_it_brings(example: Example) -> None:
    readme = (EXAMPLES / example.name / 'README.rst').read_text()
    assert all(kind in readme for kind in entries(example.name))
