"""What hangs in its deletion is reset and deleted, also when its status tells nothing of that any more afterwards."""

import dataclasses
import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level
from orphancleanup.outcome import Result
from orphancleanup.settings import ExecutionSettings
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.collection import Item
from tests.unit.leaky import Leaky, site
from tests.unit.plugins.fake_block_storage import BlockStorage

STUCK = Request(Selection(stuck=datetime.timedelta(hours=1)))
HANGS = {'status': 'error_deleting', 'updated_at': '2020-01-01T00:00:00.000000'}
MAKE: dict[str, Callable[[BlockStorage], Item]] = {
    'a volume': lambda storage: storage.add_volume(**HANGS),
    'a snapshot': lambda storage: storage.add_snapshot(
        storage.add_volume(), **HANGS, **{'os-extended-snapshot-attributes:progress': '100%'}
    ),
    'a backup': lambda storage: storage.add_backup('volume-that-is-gone', **HANGS),
}


@pytest.mark.parametrize('make', MAKE.values(), ids=MAKE)
def test_what_was_whole_goes_after_its_reset(make: Callable[[BlockStorage], Item], tmp_path: Path) -> None:
    leaky = Leaky()
    made = make(leaky.storage)
    ours = site(leaky.cloud)
    levels = ExecutionSettings(levels=frozenset({Level.API, Level.FORCE}))
    ours = dataclasses.replace(ours, settings=dataclasses.replace(ours.settings, execution=levels))
    plan = runs.review(ours, STUCK).plan
    assert [entry.ref.id for entry in plan.entries] == [made['id']]
    (outcome,) = runs.apply(ours, plan, RunFolder.create(leaky.cloud.clock, tmp_path)).outcomes
    assert (outcome.result, outcome.text) == (Result.REMOVED, '')
    assert outcome.attempts[0].step == 'reset-state'
