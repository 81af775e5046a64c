"""What a run looks for at its end: what something else should have removed along with what has gone."""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pytest

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Outcome, Result
from orphancleanup.runs import leftovers
from orphancleanup.site import Site
from tests.unit.storehouse import SERVICE, Storehouse, Things

GONE = Outcome(Ref('thing', 'one'), 'one', '', Result.REMOVED)
KEPT = Outcome(Ref('thing', 'two'), 'two', '', Result.LEFT)


class Crumbs(Handler):
    """What is left of things, until somebody comes by.

    :ivar answers: what it gives, one after the other; the last one for ever.
    """

    kind, service = 'crumb', SERVICE
    belongs_to: Any = ('thing',)

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Collection[Ref]] = []

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return ()

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return ()

    def stayed(self, cloud: Cloud, gone: Collection[Ref]) -> Any:
        self.asked.append(gone)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return found


CRUMB = Resource(Ref('crumb', 'c1'), protection='a bird takes it')


def site(house: Storehouse, crumbs: Crumbs) -> Site:
    known = build(Loaded(each, 'storehouse', 'strange-things 2.0') for each in (Things(), crumbs))
    return dataclasses.replace(house.site(), registry=known)


def looked(house: Storehouse, crumbs: Crumbs, *outcomes: Outcome) -> tuple[leftovers.Leftovers, float]:
    """Return what was found, and the seconds that it took."""
    before = house.cloud.clock.monotonic()
    found = leftovers.of_run(site(house, crumbs), outcomes or (GONE, KEPT), lambda: False)
    return found, house.cloud.clock.monotonic() - before


def test_what_is_still_there_is_looked_for_again_until_it_is_gone(house: Storehouse) -> None:
    crumbs = Crumbs([CRUMB], [CRUMB], [])
    assert looked(house, crumbs) == (leftovers.Leftovers(), 3.0)
    assert crumbs.asked == [[GONE.ref]] * 3


def test_nobody_waits_for_it_longer_than_a_quarter_of_a_minute(house: Storehouse) -> None:
    assert looked(house, Crumbs([CRUMB])) == (leftovers.Leftovers((CRUMB,)), sum(leftovers.PAUSES))


def test_of_what_is_still_there_nothing_has_been_left_behind(house: Storehouse) -> None:
    crumbs = Crumbs([CRUMB])
    other = dataclasses.replace(GONE, ref=Ref('bit', 'one'))
    assert looked(house, crumbs, KEPT, other) == (leftovers.Leftovers(), 0.0)
    assert crumbs.asked == []


def test_who_pressed_ctrl_c_is_not_kept_waiting(house: Storehouse) -> None:
    crumbs = Crumbs([CRUMB])
    found = leftovers.of_run(site(house, crumbs), (GONE,), lambda: True)
    assert (found, crumbs.asked) == (leftovers.Leftovers(), [])


@pytest.mark.parametrize(
    'answer',
    [errors.Unreachable('gone silent'), ValueError('x'), [None], [Resource(Ref('thing', 'one'))], None],
)
def test_what_cannot_be_read_is_told(house: Storehouse, answer: Any) -> None:
    found, _ = looked(house, Crumbs(answer))
    assert found.resources == ()
    (sentence,) = found.unread
    assert sentence.startswith('Whether crumb has stayed behind could not be read: ')


def test_what_is_read_in_the_end_was_read(house: Storehouse) -> None:
    found, _ = looked(house, Crumbs(errors.Unreachable('gone silent'), []))
    assert found == leftovers.Leftovers()


def test_where_there_is_no_such_service_nothing_has_stayed(house: Storehouse) -> None:
    assert looked(house, Crumbs(errors.ServiceAbsent('no such thing'))) == (leftovers.Leftovers(), 0.0)


@pytest.mark.parametrize(
    ('belongs_to', 'sentence'), [('thing', 'belongs_to'), (('Thing',), 'belongs_to'), (('things',), 'thing')]
)
def test_what_it_belongs_to_is_checked(belongs_to: Any, sentence: str) -> None:
    crumbs = Crumbs([])
    crumbs.belongs_to = belongs_to  # type: ignore[misc]
    with pytest.raises(errors.PluginError, match=sentence):
        build(Loaded(each, 'storehouse', 'strange-things 2.0') for each in (Things(), crumbs))
