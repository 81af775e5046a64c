"""A run that is killed between two changes of an array is finished by the next one."""

from pathlib import Path
from typing import Any

import pytest

from lab.threepar import sets
from orphancleanup import runs
from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.storing.journal import Journal
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.clock import FakeClock
from tests.unit.plugins.threepar_lun.asked import volume_ref
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize('path', ['vluns', 'volumesets', 'volumes'])
@pytest.mark.parametrize('is_busy', [False, True])
@pytest.mark.parametrize('is_done', [False, True])
def test_a_run_that_was_killed_is_finished(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, is_busy: bool, is_done: bool
) -> None:
    item, lun = world.volume() if is_busy else ({}, world.lun())
    world.export(lun)
    sets.create(world.array(), {'name': 'gold', 'setmembers': [lun, world.lun(cpg='others')]})
    ref = volume_ref(item) if is_busy else Ref('3par-lun', f'{lun}@first')
    plan = world.review(named(ref) if is_busy else ORPHANS).plan
    world.planned = frozenset(entry.ref for entry in plan.entries)
    folder = RunFolder.create(world.cloud.clock, world.root)
    _kill_at(world, monkeypatch, path, is_done)
    with pytest.raises(Killed):
        runs.apply(world.site(), plan, folder)
    monkeypatch.undo()
    world.patch(monkeypatch)
    world.cloud.forbid_changes()
    [outcome] = [each for each in runs.resume(world.site(), folder).outcomes if each.ref == ref]
    assert outcome.result is Result.REMOVED
    assert lun not in world.array().volumes
    assert world.array().exports_of(lun) == []
    assert world.harmed == []


def _kill_at(world: World, monkeypatch: pytest.MonkeyPatch, path: str, is_done: bool) -> None:
    """Let the process end with a change, before or after the array has made it; nothing is asked or written then."""
    ask, write, wait = world.request, Journal.write, FakeClock.sleep
    ended: list[str] = []

    def request(method: str, url: str, **options: Any) -> Any:
        is_it = method in ('DELETE', 'PUT') and f'/{path}/' in url
        if ended or (is_it and not is_done):
            ended.append(url)
            raise Killed
        made = ask(method, url, **options)
        if is_it:
            ended.append(url)
            raise Killed
        return made

    def written(self: Journal, entry: Any) -> None:
        if ended:
            raise Killed
        write(self, entry)

    def sleep(self: FakeClock, seconds: float) -> None:
        if ended:
            raise Killed
        wait(self, seconds)

    monkeypatch.setattr(world, 'request', request)
    monkeypatch.setattr(Journal, 'write', written)
    monkeypatch.setattr(FakeClock, 'sleep', sleep)
