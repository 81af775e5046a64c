"""tempest in the lab, as far as it can be told without one."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab import demo, layout
from lab.errors import LabError
from lab.tempest import Tempest


@pytest.fixture
def tempest(tmp_path: Path) -> Tempest:
    return Tempest(layout.Lab(tmp_path, 0, 'secret', tmp_path), tmp_path)


def started(tempest: Tempest, monkeypatch: pytest.MonkeyPatch, *tests: str) -> list[str]:
    commands: list[list[str]] = []

    def popen(command: list[str], **options: Any) -> SimpleNamespace:
        assert options['start_new_session']
        commands.append(command)
        return SimpleNamespace()

    monkeypatch.setattr(subprocess, 'Popen', popen)
    tempest.start(tests, tempest.folder / 'stream')
    return commands[0]


def test_a_test_is_run_and_none_that_begins_like_it(
    tempest: Tempest, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = started(tempest, monkeypatch, 'tempest.api.A.test_get', 'tempest.api.B')
    pattern = re.compile(command[command.index('--regex') + 1])
    chosen = ('tempest.api.A.test_get[id-1]', 'tempest.api.B.test_any', 'tempest.api.A.test_get')
    others = ('tempest.api.A.test_get_all[id-2]', 'tempest.api.Bigger.test_x', 'tempestXapi.A.test_get')
    assert all(pattern.search(each) for each in chosen)
    assert not any(pattern.search(each) for each in others)


def test_what_names_another_cloud_does_not_reach_it(
    tempest: Tempest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('OS_CLOUD', 'production')
    monkeypatch.setenv('TEMPEST_CONFIG', '/etc/production.conf')
    assert not {'OS_CLOUD', 'TEMPEST_CONFIG'} & tempest.variables.keys()


@pytest.mark.parametrize('after', [{'volumes': frozenset('a')}, {'volumes': frozenset('abc')}])
def test_the_demo_fails_when_something_is_gone_or_left(after: dict[str, frozenset[str]]) -> None:
    before = {'volumes': frozenset('ab')}
    assert demo.compare(before, before) == 'Nothing more, nothing less: 2 volumes.'
    with pytest.raises(LabError, match=r'is not as it was before: . volumes are gone'):
        demo.compare(before, after)
