"""What is refused by whoever takes database steps, whoever asks for them."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.api import Cloud
from orphancleanup.errors import (
    CloudError,
    Conflict,
    DatabaseRefused,
    Forbidden,
    StepUnavailable,
    Unreachable,
)
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.rescue.databases import Databases
from orphancleanup.rescue.helping import Help
from orphancleanup.rescue.removing import Remover
from orphancleanup.rescue.rescuer import Rescuer
from orphancleanup.rescue.tools import Tools
from orphancleanup.storing import journal
from orphancleanup.storing.journal import Journal
from tests.unit.rescue.ledger import Ledger, ThingRows
from tests.unit.storehouse import SERVICE, Things

THING = Resource(Ref('thing', 'one'), name='one', project_id='alpha', status='available')


class Array(Handler):
    """Knows what is behind things."""

    kind, service = 'array', SERVICE
    has: Any = False

    def discover(self, cloud: Cloud) -> Sequence[Resource]:
        return ()

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return ()

    def backend_has(self, cloud: Cloud, resource: Resource) -> bool | None:
        if isinstance(self.has, Exception):
            raise self.has
        return self.has  # type: ignore[no-any-return]


@pytest.fixture
def tools(ledger: Ledger, tmp_path: Path) -> Iterator[Tools]:
    ledger.thing('one')
    site = ledger.site()
    with Journal.open(tmp_path / 'journal.jsonl', site.clock) as written:
        yield Tools(site, written, Databases(site.settings.databases), {THING.ref: THING})


def test_without_a_journal_that_shows_gentler_steps_nothing_is_changed(
    ledger: Ledger, tools: Tools, tmp_path: Path
) -> None:
    with pytest.raises(DatabaseRefused, match='does not show'):
        Rescuer(tools, tmp_path).take(THING, 'purge')
    assert ledger.rows.row('things', 'one')['deleted'] == 0
    for step in ('delete', 'reset', 'force-delete'):
        tools.journal.write(
            {'event': 'answer', 'kind': 'thing', 'id': 'one', 'step': step, 'reply': 'refused', 'text': ''}
        )
    Rescuer(tools, tmp_path).take(THING, 'purge')
    assert ledger.rows.row('things', 'one')['deleted'] == 1


@pytest.mark.parametrize(
    ('error', 'taken'),
    [
        (Forbidden(403, 'locked'), ['delete', 'unlock', 'elsewhere']),
        (Conflict(409, 'busy'), ['delete', 'elsewhere']),
    ],
)
def test_of_a_part_too_a_step_that_only_a_403_calls_for_follows_a_403_only(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: CloudError, taken: list[str]
) -> None:
    def refuse(*_: object) -> None:
        raise error

    def pass_by(*_: object) -> None:
        raise StepUnavailable('not here')

    steps = (
        Step('delete', refuse),
        Step('unlock', refuse, after_forbidden=True),
        Step('elsewhere', pass_by),
    )
    monkeypatch.setattr(Things, 'ladder', lambda *_: steps)
    tools.cloud.allow_changes()
    seen = Things().look(tools.cloud, THING.ref)
    assert seen
    with pytest.raises(DatabaseRefused, match='must go first: elsewhere: not here'):
        Remover(dataclasses.replace(tools, planned={seen.ref: seen})).remove([seen.ref])
    answers = [each for each in journal.read(tmp_path / 'journal.jsonl') if each['event'] == 'answer']
    assert [each['step'] for each in answers] == taken
    assert answers[-1]['reply'] == 'unavailable'


def backend(ledger: Ledger, tools: Tools, *answers: Any) -> None:
    """Ask handlers that answer so."""
    made = tuple(type('Made', (Array,), {'kind': f'array-{n}', 'has': a})() for n, a in enumerate(answers))
    ledger.more = lambda: made  # type: ignore[method-assign]
    told = Tools(ledger.site(), tools.journal, tools.databases, tools.planned)
    Help(told, ThingRows()).require_backend_gone(THING)


def test_a_backend_that_has_it_no_longer_is_in_the_journal(ledger: Ledger, tools: Tools) -> None:
    backend(ledger, tools, None, False)
    (record,) = journal.read(tools.journal.path)
    assert (record['event'], record['asked'], record['has']) == ('backend', 'array-1', False)


@pytest.mark.parametrize(
    ('answers', 'kind', 'sentence'),
    [
        ((), DatabaseRefused, 'no installed handler knows that backend'),
        ((None, None), DatabaseRefused, 'no installed handler knows that backend'),
        ((True,), DatabaseRefused, 'still has thing:one'),
        ((None, True, False), DatabaseRefused, 'still has thing:one'),
        ((False, True), DatabaseRefused, 'still has thing:one'),
        ((Unreachable('no answer'),), Unreachable, 'no answer'),
        ((ZeroDivisionError('oops'),), CloudError, 'array-0 failed'),
    ],
)
def test_what_a_backend_may_still_have_keeps_its_rows(
    ledger: Ledger, tools: Tools, answers: tuple[Any, ...], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        backend(ledger, tools, *answers)
