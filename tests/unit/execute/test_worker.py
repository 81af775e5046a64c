"""What a worker makes of what the cloud answers."""

import dataclasses
import math
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Question, Reading, Task
from orphancleanup.execute.worker import Worker
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.model import Ref, Resource
from tests.unit.storehouse import SERVICE, Bits, Boxes, Storehouse, Things

ONE, TWO = Ref('thing', 'one'), Ref('thing', 'two')


@pytest.fixture
def worker(house: Storehouse) -> Worker:
    house.cloud.allow_changes()
    return Worker(house.site(), {ref: Resource(ref) for ref in (ONE, TWO)})


def task(step: str = 'delete', until: float = math.inf) -> Task:
    return Task(Resource(ONE, 'one', 'alpha', 'available'), step, until)


@pytest.mark.parametrize(
    ('error', 'reply'),
    [
        (errors.BadRequest(400, 'no'), Reply.REFUSED),
        (errors.Unauthorized(401, 'who?'), Reply.UNKNOWN),
        (errors.Forbidden(403, 'no'), Reply.FORBIDDEN),
        (errors.NotFound(404, 'where?'), Reply.GONE),
        (errors.ApiError(408, 'slow'), Reply.UNKNOWN),
        (errors.Conflict(409, 'busy'), Reply.REFUSED),
        (errors.ApiError(413, 'much'), Reply.UNKNOWN),
        (errors.ApiError(500, 'oops'), Reply.UNKNOWN),
        (errors.Unreachable('reset'), Reply.UNKNOWN),
        (errors.ServiceHidden('hidden'), Reply.UNKNOWN),
        (errors.StepUnavailable('not here'), Reply.UNAVAILABLE),
        (errors.TooLate('old'), Reply.TOO_LATE),
    ],
)
def test_only_400_403_and_409_are_refusals(
    house: Storehouse, worker: Worker, error: errors.OrphancleanupError, reply: Reply
) -> None:
    house.thing('one')

    def answer(_: object) -> None:
        raise error

    house.cloud.before((SERVICE, 'DELETE', '/things'), answer)
    assert worker.take(task()).reply is reply


def test_a_step_whose_time_is_over_is_not_sent(house: Storehouse, worker: Worker) -> None:
    house.thing('one')
    house.cloud.clock.advance(10)
    assert worker.take(task(until=9.0)).reply is Reply.TOO_LATE
    assert house.cloud.requests == []


def test_a_step_that_is_no_longer_in_the_ladder_is_not_taken(house: Storehouse, worker: Worker) -> None:
    house.thing('one')
    answer = worker.take(task('explode'))
    assert (answer.reply, house.cloud.requests) == (Reply.UNKNOWN, [])
    assert 'has no step explode' in answer.text


def listing(*refs: Ref) -> Reading:
    return Reading('thing', tuple(Question(ref, is_second=True) for ref in refs), is_listing=True)


def test_a_listing_that_lacks_what_its_id_finds_tells_nothing(house: Storehouse, worker: Worker) -> None:
    house.thing('one')
    item = house.thing('two')
    house.cloud.before((SERVICE, 'GET', '/things$'), lambda _: house.things.remove('two'))
    house.cloud.before((SERVICE, 'GET', '/things/two'), lambda _: house.things.items.update(two=item))
    sight = worker.read(listing(ONE, TWO))
    assert 'lacks thing:two, which is there' in sight.failed
    assert sight.found == {}


def test_a_listing_keeps_only_what_the_plan_names(house: Storehouse, worker: Worker) -> None:
    for name in ('one', 'two', 'three'):
        house.thing(name)
    sight = worker.read(listing(ONE, TWO))
    assert (set(sight.found), sight.total) == ({ONE, TWO}, 3)


def test_a_project_is_asked_for_once_for_all_readings_of_a_quarter_of_a_minute(
    house: Storehouse, worker: Worker
) -> None:
    for name in ('one', 'two'):
        house.thing(name, project_id='ghost')
    questions = (Question(ONE, 'ghost'), Question(TWO, 'ghost'))
    for passed, asked, oldest in ((0.0, 1, 0.0), (15.0, 1, 0.0), (1.0, 2, 16.0)):
        house.cloud.clock.advance(passed)
        sight = worker.read(Reading('thing', questions))
        assert (sight.projects, sight.oldest(questions[0])) == ({'ghost': False}, oldest)
        assert house.cloud.sent('GET', 'identity').count('/projects/ghost') == asked


def test_what_was_asked_of_a_project_before_a_step_is_asked_again_after_it(
    house: Storehouse, worker: Worker
) -> None:
    house.thing('one', project_id='ghost')
    house.thing('two', project_id='ghost')
    assert worker.read(Reading('thing', (Question(ONE, 'ghost'),))).projects == {'ghost': False}
    house.cloud.clock.advance(2.0)
    house.project('ghost')
    again = (Question(ONE, 'ghost', since=1.0), Question(TWO, 'ghost'))
    assert worker.read(Reading('thing', again)).projects == {'ghost': True}


def test_a_project_that_cannot_be_asked_for_is_asked_for_once_and_leaves_all_unclear(
    house: Storehouse, worker: Worker
) -> None:
    for name in ('one', 'two'):
        house.thing(name, project_id='ghost')
    house.cloud.fail(('identity', 'GET', '/projects/ghost'), errors.Unreachable('down'), times=math.inf)
    sight = worker.read(Reading('thing', (Question(ONE, 'ghost'), Question(TWO, 'ghost'))))
    assert (sight.projects, set(sight.unclear)) == ({}, {ONE, TWO})
    assert house.cloud.sent('GET', 'identity').count('/projects/ghost') == 1


def test_a_handler_that_shows_something_else_is_not_believed(
    house: Storehouse, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = worker._site.registry.handler('thing')
    monkeypatch.setattr(handler, 'look', lambda cloud, resource: Resource(TWO))
    sight = worker.read(Reading('thing', (Question(ONE),)))
    assert 'showed thing:two when asked for thing:one' in sight.unclear[ONE]


class Costly(Bits):
    """A bit whose full proof costs more than a look by its id."""

    kind = 'thing'

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        cloud.service(SERVICE).get('/proof')
        return super().look(cloud, ref)

    def show(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return super().look(cloud, ref)


def test_what_the_plan_names_is_shown_and_what_it_depends_on_is_proved(house: Storehouse) -> None:
    house.cloud.route(SERVICE, 'GET', '/proof', lambda *_: {})
    house.thing('one', hangs_on=['lost'])
    known = build([Loaded(Costly(), 'storehouse', 'tests 1.0')])
    costly = Worker(dataclasses.replace(house.site(), registry=known), {ONE: Resource(ONE)})
    assert costly.read(Reading('thing', (Question(ONE),))).found
    assert '/proof' not in house.cloud.sent('GET')
    sight = costly.read(Reading('thing', (Question(ONE, asks_parents=True),)))
    assert sight.gone == {Ref('thing', 'lost')}
    assert house.cloud.sent('GET').count('/proof') == 1


def shut(monkeypatch: pytest.MonkeyPatch, project: str) -> None:
    """Let nobody see the things of a project."""
    plain = Things.discover

    def discover(self: Things, cloud: Cloud) -> list[Resource]:
        found = [each for each in plain(self, cloud) if each.project_id != project]
        raise errors.PartlyListed(found, {project: 'no role there'})

    monkeypatch.setattr(Things, 'discover', discover)


def test_what_a_shut_project_does_not_show_is_unclear_and_the_others_are_told(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.thing('two', project_id='beta')
    shut(monkeypatch, 'alpha')
    planned = {ref: Resource(ref, project_id=project) for ref, project in ((ONE, 'alpha'), (TWO, 'beta'))}
    questions = tuple(Question(ref, is_second=True) for ref in planned)
    sight = Worker(house.site(), planned).read(Reading('thing', questions, is_listing=True))
    assert (sight.failed, set(sight.found), sight.unclear) == ('', {TWO}, {ONE: 'no role there'})


class Houses(Bits):
    kind, after, contains_projects = 'house', (), True


@pytest.mark.parametrize(('project', 'is_read'), [('alpha', False), ('elsewhere', True)])
def test_what_is_in_a_project_that_goes_must_be_seen(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch, project: str, is_read: bool
) -> None:
    shut(monkeypatch, project)
    handlers = (Loaded(each, 'storehouse', 'tests 1.0') for each in (Things(), Bits(), Boxes(), Houses()))
    planned = {ref: Resource(ref, project_id='beta') for ref in (ONE, Ref('house', 'alpha'))}
    worker = Worker(dataclasses.replace(house.site(), registry=build(handlers)), planned)
    for questions in ((), (Question(ONE),)):
        sight = worker.read(Reading('thing', questions, is_listing=True))
        assert (sight.failed == '') is is_read


class Together:
    """Stands for ``ask_each`` of a real cloud: all are asked at the same time, and each waits for the others."""

    def __init__(self) -> None:
        self.most = 0
        self._asking = 0
        self._lock = threading.Lock()

    def __call__(self, items: Iterable[Any], ask: Callable[[Any], Any]) -> list[Any]:
        known = tuple(items)
        meeting = threading.Barrier(max(1, len(known)))

        def asked(item: Any) -> Any:
            with self._lock:
                self._asking += 1
                self.most = max(self.most, self._asking)
            meeting.wait(timeout=30)
            try:
                return ask(item)
            finally:
                with self._lock:
                    self._asking -= 1

        with ThreadPoolExecutor(max(1, len(known))) as pool:
            return list(pool.map(asked, known))


def test_looks_wait_for_no_other_and_one_that_fails_costs_itself_only(
    house: Storehouse, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds that are looked at one after the other take minutes, and as long again to be sure of their end."""
    together = Together()
    monkeypatch.setattr(house.cloud, 'ask_each', together)
    house.thing('one')
    house.thing('two')

    def fail(_: object) -> None:
        raise errors.Unreachable('no answer came')

    house.cloud.before((SERVICE, 'GET', '/things/two'), fail)
    sight = worker.read(Reading('thing', (Question(ONE), Question(TWO))))
    assert together.most == 2
    assert (set(sight.found), set(sight.unclear)) == ({ONE}, {TWO})


def test_the_projects_of_a_listing_are_asked_for_together(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = Together()
    monkeypatch.setattr(house.cloud, 'ask_each', together)
    house.thing('one', project_id='gone-1')
    house.thing('two', project_id='gone-2')
    planned = {ref: Resource(ref) for ref in (ONE, TWO)}
    questions = (Question(ONE, 'gone-1'), Question(TWO, 'gone-2'))
    sight = Worker(house.site(), planned).read(Reading('thing', questions, is_listing=True))
    assert together.most == 2
    assert sight.projects == {'gone-1': False, 'gone-2': False}


def of_a_box(house: Storehouse) -> tuple[Worker, Reading]:
    """Return a worker, and the reading of a box that a listing has shown."""
    house.thing('one')
    house.box('big', 'one')
    ref = Ref('box', 'big')
    known = Resource(ref, 'big', 'alpha', 'available')
    reading = Reading('box', (Question(ref),), is_alone=True, known=known, known_at=-5.0)
    return Worker(house.site(), {ref: known}), reading


def test_of_what_a_listing_showed_only_what_it_holds_is_asked_for(house: Storehouse) -> None:
    worker, reading = of_a_box(house)
    sight = worker.read(reading)
    assert sight.found[Ref('box', 'big')].holds == (ONE,)
    # It is as old as the listing.
    assert sight.started == -5.0
    assert house.cloud.sent('GET', SERVICE) == ['/boxes/big/content']


def test_where_what_it_holds_cannot_be_read_it_is_looked_at_itself(house: Storehouse) -> None:
    worker, reading = of_a_box(house)
    house.cloud.fail((SERVICE, 'GET', '/content'), errors.Unreachable('down'))
    began = house.site().clock.monotonic()
    sight = worker.read(reading)
    assert sight.found[Ref('box', 'big')].holds == (ONE,)
    assert sight.started >= began
    assert house.cloud.sent('GET', SERVICE) == ['/boxes/big/content', '/boxes/big', '/boxes/big/content']


def test_what_went_since_it_was_listed_is_told_to_be_gone(house: Storehouse) -> None:
    worker, reading = of_a_box(house)
    house.boxes.remove('big')
    house.cloud.fail((SERVICE, 'GET', '/content'), errors.NotFound(404, 'no such box'), times=math.inf)
    sight = worker.read(reading)
    assert (sight.found, sight.unclear, sight.failed) == ({}, {}, '')
