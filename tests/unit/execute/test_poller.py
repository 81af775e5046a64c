"""The cheaper of looks and listings is chosen, and nothing is read more often than it helps."""

import dataclasses
import datetime
import math
from typing import Any

import pytest

from orphancleanup.execute.item import Item, State, begin
from orphancleanup.execute.jobs import Question, Reading, Sight
from orphancleanup.execute.poller import BUSY, BUSY_REST, REST, Poller
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging.plan import Entry, Plan
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Ref, Resource
from orphancleanup.settings import ExecutionSettings
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.storehouse import Bits, Boxes, Things, registry

SETTINGS = ExecutionSettings()
NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


def items(number: int, state: State, code: str = 'named') -> dict[Ref, Item]:
    entries = (
        Entry(Resource(Ref('thing', f't{n}'), project_id='p'), (Reason(code, code),)) for n in range(number)
    )
    return {entry.ref: begin(entry, is_ours=False)._replace(state=state) for entry in entries}


def poller(found: dict[Ref, Item], seen: int, requests: int = 0) -> Poller:
    """Return a poller of a plan.

    :param seen: how many there were when the plan was made.
    :param requests: how many it took to list them; 0 when the plan does not tell.
    """
    identity = FakeCloud().identity
    told = {'thing': requests} if requests else {}
    return Poller(found, registry(), SETTINGS, Plan(identity, NOW, (), {'thing': seen}, requests=told))


def readings(one: Poller, now: float, sending: frozenset[str] = frozenset()) -> list[Reading]:
    return list(one.readings(now, lambda service: 8, sending))


def test_as_many_as_a_listing_has_pages_are_looked_at_one_by_one() -> None:
    for number, is_listing in ((3, False), (21, False), (22, True)):
        found = items(number, State.LOOKING)
        one = poller(found, 20_000)
        for ref in found:
            one.want(ref)
        (reading,) = readings(one, 0.0)
        assert (reading.is_listing, len(reading.questions)) == (is_listing, number)


@pytest.mark.parametrize(
    ('seen', 'requests', 'looked_at'),
    [
        # A page of a few costs no more than one look; a page of many does.
        (20, 1, 1),
        (1000, 1, 3),
        # A listing that asks for each user anew (keypairs), or for each project (quotas).
        (20, 30, 30),
        # Nobody has told what it takes.
        (20, 0, 3),
    ],
)
def test_a_listing_is_made_where_it_takes_fewer_requests_than_the_looks(
    seen: int, requests: int, looked_at: int
) -> None:
    for number, is_listing in ((looked_at, False), (looked_at + 1, True)):
        found = items(number, State.LOOKING)
        one = poller(found, seen, requests)
        for ref in found:
            one.want(ref)
        (reading,) = readings(one, 0.0)
        assert reading.is_listing is is_listing


def test_what_readings_took_decides_how_is_read_next() -> None:
    found = items(9, State.LOOKING)
    one = poller(found, 9)
    for taken, is_listing in ((40, True), (9, False), (45, False), (45, True)):
        # 9 looks are asked for each time: the listing took 40, then the looks 9, then (with 5 requests each) 45.
        for ref in found:
            one.want(ref)
        (reading,) = readings(one, 0.0)
        assert reading.is_listing is is_listing
        one.was_read(reading, Sight(0.0, total=9, requests=taken), 1.0)
        # What an owner costs that is looked at with its parts says nothing about a plain look.
        alone = Reading('thing', reading.questions[:1], is_alone=True)
        one.was_read(alone, Sight(0.0, requests=90), 1.0)


def test_one_reading_of_a_kind_at_a_time() -> None:
    found = items(5, State.LOOKING)
    one = poller(found, 5)
    refs = list(found)
    one.want(refs[0])
    (reading,) = readings(one, 0.0)
    one.want(refs[1])
    assert readings(one, 0.0) == []
    one.was_read(reading, Sight(0.0), 1.0)
    assert [[q.ref for q in each.questions] for each in readings(one, 1.0)] == [[refs[1]]]


def test_what_settles_is_read_about_in_pauses_that_grow_and_never_for_more_than_a_share_of_the_time() -> None:
    found = items(1, State.SETTLING)
    one = poller(found, 1)
    one.watch(next(iter(found)), 0.0)
    assert readings(one, 0.2) == []
    now, pauses = one.wake(), []
    for _ in range(12):
        (reading,) = readings(one, now)
        one.was_read(reading, Sight(now), now + 0.01)
        pauses.append(round(one.wake() - now, 6))
        now = one.wake()
    assert pauses == sorted(pauses)
    assert abs(pauses[-1] - SETTINGS.last_poll) < 0.1
    (reading,) = readings(one, now)
    one.was_read(reading, Sight(now), now + 20)
    assert one.wake() == pytest.approx(now + 20 + REST * 20)


def test_what_was_due_for_others_is_not_due_for_what_is_removed_after_them() -> None:
    found = items(2, State.SETTLING)
    one = poller(found, 2)
    first, second = found
    one.watch(first, 0.0)
    (reading,) = readings(one, one.wake())
    one.was_read(reading, Sight(1.0), 1.0)
    one.forget(first)
    one.watch(second, 100.0)
    assert readings(one, 100.0) == []
    assert one.wake() > 100.0
    # While something else is awaited as well, what is due for it serves both.
    due = one.wake()
    one.watch(first, due)
    assert one.wake() == due


def test_what_was_put_off_for_others_is_not_due_for_what_is_removed_after_them() -> None:
    found = items(2, State.SETTLING)
    one = poller(found, 2)
    first, second = found
    one.watch(first, 0.0)
    assert readings(one, 0.3, frozenset({'thing'})) == []
    one.forget(first)
    one.watch(second, 100.0)
    assert readings(one, 100.0) == []


def test_while_more_is_sent_it_is_read_about_seldom_and_afterwards_at_once() -> None:
    found = items(2, State.SETTLING)
    one, sending = poller(found, 2), frozenset({'thing'})
    first, second = found
    one.watch(first, 0.0)
    assert readings(one, 0.3, sending) == []
    assert one.wake() == BUSY
    # What is answered in between makes it due earlier, and it waits all the same.
    one.watch(second, 0.4)
    assert readings(one, 0.7, sending) == []
    assert [len(each.questions) for each in readings(one, 0.71)] == [2]


def test_what_is_sent_for_long_holds_up_no_reading_for_ever() -> None:
    found = items(1, State.SETTLING)
    one, sending = poller(found, 1), frozenset({'thing'})
    one.watch(next(iter(found)), 0.0)
    assert readings(one, BUSY - 0.1, sending) == []
    (reading,) = readings(one, BUSY, sending)
    one.was_read(reading, Sight(BUSY, total=1, requests=1), BUSY)
    # It is read about again after its pause, and not as soon as nothing is sent any more.
    assert readings(one, BUSY + 0.1) == []


def test_what_takes_long_to_list_is_left_alone_the_longer_while_more_is_sent() -> None:
    found = items(1, State.SETTLING)
    one, sending = poller(found, 1), frozenset({'thing'})
    one.watch(next(iter(found)), 0.0)
    (reading,) = readings(one, BUSY, sending)
    one.was_read(reading, Sight(BUSY, total=1, requests=1), BUSY + 1.0)
    resting = BUSY_REST * REST * 1.0
    assert readings(one, BUSY + 1.0 + resting - 0.1, sending) == []
    assert one.wake() == BUSY + 1.0 + resting
    assert len(readings(one, BUSY + 1.0 + resting, sending)) == 1


def test_a_listing_serves_until_it_is_old_or_what_it_told_has_changed() -> None:
    found = items(30, State.LOOKING)
    one, ref = poller(found, 30), Ref('thing', 't0')
    for each in found:
        one.want(each)
    (reading,) = readings(one, 10.0)
    one.was_read(reading, Sight(10.0, total=30), 11.0)
    assert one.served(ref, 70.0)
    assert one.served(ref, 70.1) is None
    found[ref] = found[ref]._replace(touched=10.5)
    assert one.served(ref, 12.0) is None


def test_a_listing_does_not_serve_what_also_needs_its_project_asked_for() -> None:
    found = items(30, State.LOOKING, 'project-missing')
    one, ref = poller(found, 30), Ref('thing', 't0')
    for each in list(found)[1:]:
        one.want(each)
    (reading,) = readings(one, 10.0)
    assert {question.project_id for question in reading.questions} == {'p'}
    one.was_read(reading, Sight(10.0, total=30), 11.0)
    assert one.served(Ref('thing', 't1'), 12.0)
    assert one.served(ref, 12.0) is None


def test_what_came_too_late_is_looked_at_by_itself() -> None:
    found = {ref: item._replace(late=1) for ref, item in items(9, State.LOOKING).items()}
    one = poller(found, 9)
    for ref in found:
        one.want(ref)
    assert [(each.is_alone, len(each.questions)) for each in readings(one, 0.0)] == [(True, 1)] * 8


def test_a_listing_serves_no_longer_than_what_it_tells_of_a_project() -> None:
    found = items(1, State.LOOKING, 'project-missing')
    (ref,) = found
    found[ref] = found[ref]._replace(touched=10.0)
    one = poller(found, 1)
    one.want(ref)
    reading = Reading('thing', (one.question(ref),), is_listing=True)
    sight = Sight(20.0, {ref: found[ref].resource}, projects={'p': False}, asked={'p': 12.0})
    one.was_read(reading, sight, 21.0)
    assert one.served(ref, 12.0 + SETTINGS.freshness) is sight
    assert one.served(ref, 12.5 + SETTINGS.freshness) is None


@pytest.mark.parametrize(('steps', 'since'), [((), -math.inf), (('delete',), 30.0)])
def test_after_a_step_its_project_is_asked_for_anew(steps: tuple[str, ...], since: float) -> None:
    found = items(1, State.LOOKING, 'project-missing')
    (ref,) = found
    found[ref] = found[ref]._replace(touched=30.0, steps=steps)
    assert poller(found, 1).question(ref) == Question(ref, 'p', since=since)


class Shared(Boxes):
    """What a box holds loses something with it, and is no resource (the members of an image)."""

    parts_only_alter = True


def owners(number: int, is_late: bool = True) -> tuple[dict[Ref, Item], Poller]:
    """Return owners that are to be looked at, which a listing in one request shows, and their poller."""
    entries = [Entry(Resource(Ref('box', f'b{n}')), (Reason('named', 'named'),)) for n in range(number)]
    found = {entry.ref: begin(entry, is_ours=False)._replace(state=State.LOOKING) for entry in entries}
    kinds = build(
        Loaded(each, 'storehouse', 'tests 1.0')
        for each in (Things(), Bits(), Shared() if is_late else Boxes())
    )
    plan = Plan(FakeCloud().identity, NOW, (), {'box': number}, requests={'box': 1})
    one = Poller(found, kinds, SETTINGS, plan)
    for ref in found:
        one.want(ref)
    return found, one


def test_many_owners_are_listed_and_only_what_they_hold_is_asked_for_by_each() -> None:
    found, one = owners(20)
    (listing,) = readings(one, 1.0)
    assert (listing.is_listing, listing.questions) == (True, ())
    # Nothing is looked at meanwhile.
    assert readings(one, 1.5) == []
    shown = {ref: item.resource for ref, item in list(found.items())[:-1]}
    one.was_read(listing, Sight(1.0, dict(shown), total=19), 2.0)
    whole = [*readings(one, 2.0), *readings(one, 2.0), *readings(one, 2.0)]
    assert [each.questions[0].ref for each in whole] == list(found)
    assert all(each.is_alone for each in whole)
    assert [each.known for each in whole] == [*shown.values(), None]
    assert {each.known_at for each in whole} == {1.0, -math.inf}
    assert readings(one, 2.0) == []


@pytest.mark.parametrize(('number', 'is_late'), [(1, True), (20, False)])
def test_a_few_owners_and_those_with_resources_in_them_are_looked_at_themselves(
    number: int, is_late: bool
) -> None:
    _, one = owners(number, is_late)
    found = readings(one, 1.0)
    assert [each.known for each in found] == [None] * min(8, number)
    assert not any(each.is_listing for each in found)


def test_a_listing_for_owners_tells_about_those_that_go_as_well() -> None:
    found, one = owners(20)
    going = next(iter(found))
    one.forget(going)
    found[going] = found[going]._replace(state=State.SETTLING)
    one.watch(going, 0.0)
    (listing,) = readings(one, 0.0)
    assert [question.ref for question in listing.questions] == [going]


def test_owners_that_come_later_are_listed_again_once_a_listing_has_had_its_rest() -> None:
    found, one = owners(20)
    (listing,) = readings(one, 1.0)
    one.was_read(listing, Sight(1.0, {ref: item.resource for ref, item in found.items()}), 2.0)
    while readings(one, 2.0):
        pass
    for ref, item in found.items():
        found[ref] = item._replace(touched=10.0)
        one.want(ref)
    (listing,) = readings(one, 11.0)
    assert listing.is_listing


@pytest.mark.parametrize(
    ('sight', 'now', 'changes'),
    [
        (Sight(1.0, failed='down'), 2.0, {}),
        # What follows a look must not be old.
        (Sight(1.0), 1.0 + SETTINGS.freshness / 2, {}),
        # It was seen before something changed.
        (Sight(1.0), 2.0, {'touched': 1.0}),
        # A listing came too late before.
        (Sight(1.0), 2.0, {'late': 1}),
    ],
)
def test_what_a_listing_does_not_tell_is_looked_at_and_not_listed_again(
    sight: Sight, now: float, changes: dict[str, Any]
) -> None:
    found, one = owners(20)
    (listing,) = readings(one, 1.0)
    told = dataclasses.replace(sight, found={ref: item.resource for ref, item in found.items()})
    one.was_read(listing, sight if sight.failed else told, now)
    for ref, item in found.items():
        found[ref] = item._replace(**changes)
    looks = readings(one, now)
    assert [(each.is_alone, each.known) for each in looks] == [(True, None)] * 8
