"""What waits for what is counted, and what hangs is passed by."""

from orphancleanup.execute import events
from orphancleanup.execute.item import Item, State, begin
from orphancleanup.execute.schedule import Schedule
from orphancleanup.judging.plan import Entry
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Result
from tests.unit.estate import registry as estate_registry
from tests.unit.storehouse import registry

THING, OTHER, BIT = Ref('thing', 'one'), Ref('thing', 'two'), Ref('bit', 'b')


def items(*entries: Entry) -> dict[Ref, Item]:
    return {entry.ref: begin(entry, is_ours=False) for entry in entries}


def entry(ref: Ref, *waits_for: Ref, owners: tuple[Ref, ...] = (), project: str = 'alpha') -> Entry:
    return Entry(Resource(ref, project_id=project), (Reason('named', 'named'),), owners, waits_for)


def released(news: object) -> list[Ref]:
    return [ref for ref, event in news if isinstance(event, events.Released)]  # type: ignore[attr-defined]


def done(found: dict[Ref, Item], ref: Ref, result: Result = Result.REMOVED) -> None:

    found[ref] = found[ref]._replace(state=State.DONE, result=result)


def test_an_earlier_kind_of_the_project_goes_first() -> None:
    found = items(entry(THING), entry(BIT), entry(OTHER, project='beta'))
    schedule = Schedule(found, registry().before)
    assert released(schedule.first()) == [BIT, OTHER]
    done(found, BIT)
    assert released(schedule.ended(BIT)) == [THING]


def test_what_lingers_is_passed_by_once() -> None:
    found = items(entry(THING), entry(BIT))
    schedule = Schedule(found, registry().before)
    list(schedule.first())
    assert released(schedule.lingers(BIT)) == [THING]
    assert released(schedule.lingers(BIT)) == []
    done(found, BIT)
    assert released(schedule.ended(BIT)) == []


def test_what_waits_for_something_else_holds_up_no_later_kind() -> None:
    found = items(
        entry(THING), entry(BIT, Ref('thing', 'hanging')), entry(Ref('thing', 'hanging'), project='x')
    )
    schedule = Schedule(found, registry().before)
    assert THING in released(schedule.first())


def test_what_is_waited_for_by_name_is_waited_for_to_its_end() -> None:
    found = items(entry(THING, BIT), entry(BIT))
    schedule = Schedule(found, registry().before)
    list(schedule.first())
    assert released(schedule.lingers(BIT)) == []
    done(found, BIT)
    assert released(schedule.ended(BIT)) == [THING]


def test_what_is_left_blocks_what_waits_for_it() -> None:
    found = items(entry(THING, BIT), entry(BIT))
    schedule = Schedule(found, registry().before)
    list(schedule.first())
    done(found, BIT, Result.LEFT)
    assert (THING, events.Blocked(BIT)) in list(schedule.ended(BIT))


def test_a_part_of_two_owners_waits_for_both() -> None:
    one, two = Ref('box', '1'), Ref('box', '2')
    found = items(entry(THING, owners=(one, two)), entry(one), entry(two))
    schedule = Schedule(found, registry().before)
    list(schedule.first())
    done(found, one)
    assert list(schedule.ended(one)) == []
    done(found, two)
    assert list(schedule.ended(two)) == [(THING, events.OwnersGone(False))]


def test_parts_of_parts_are_found_once_even_in_a_circle() -> None:
    box, inner = Ref('box', '1'), Ref('box', '2')
    found = items(entry(box, owners=(inner,)), entry(inner, owners=(box,)), entry(THING, owners=(inner, box)))
    assert set(Schedule(found, registry().before).parts(box)) == {inner, THING}


def test_what_goes_after_every_kind_waits_for_those_of_all_projects() -> None:
    plot, key = Ref('plot', 'p'), Ref('key', 'k')
    found = items(entry(plot), entry(key, project='beta'), entry(BIT, project='gamma'))
    estate = estate_registry()
    schedule = Schedule(found, estate.before, estate.last)
    assert released(schedule.first()) == [key, BIT]
    done(found, key)
    assert released(schedule.ended(key)) == []
    assert released(schedule.lingers(BIT)) == [plot]


def test_what_goes_after_the_last_goes_after_it_in_whatever_project() -> None:
    plot, deed = Ref('plot', 'p'), Ref('deed', 'd')
    found = items(entry(deed, project=''), entry(plot))
    estate = estate_registry()
    schedule = Schedule(found, estate.before, estate.last)
    assert released(schedule.first()) == [plot]
    done(found, plot)
    assert released(schedule.ended(plot)) == [deed]
