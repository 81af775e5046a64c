"""Does ``look`` say what is there, and that something is gone only when the cloud says so?"""

import uuid
from typing import Any

from orphancleanup.errors import CloudError
from orphancleanup.model import Condition, Ref
from orphancleanup.testing.checks.fake_records import set_status
from orphancleanup.testing.checks.listing_failures import NO_ANSWERS
from orphancleanup.testing.checks.observed_cloud import ObservedCloud, fail_at
from orphancleanup.testing.checks.subject import (
    FAILURES,
    NOT_FOUND,
    UNKNOWN_WORD,
    Subject,
    number_of_requests,
    told,
)

#: would lead to something else if it were put into a path as it is
_STRANGE_ID = 'kit/other'
_PROVES = ', although it "look_proves_end": the look of such a kind believes no 404'
_EMPTIED = 'a document with nothing in it'


class Looking:
    """The tests."""

    def test_look_says_gone_when_it_is(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        for name, ask in subject.asks(victim.ref).items():
            assert ask(cloud) is not None, f'{name} does not find what discover found'
        subject.suite.vanish(cloud, victim)
        for name, ask in subject.asks(victim.ref).items():
            assert ask(cloud) is None, f'{name} still shows what is gone'

    def test_what_never_was_is_gone(self, subject: Subject) -> None:
        cloud = subject.cloud()
        for name, ask in subject.asks(Ref(subject.handler.kind, str(uuid.uuid4()))).items():
            found = ask(cloud)
            assert found is None, f'asked for what never was, {name} showed {found and found.ref}'

    def test_look_shows_what_it_was_asked_for(self, subject: Subject) -> None:
        cloud = subject.cloud()
        for each in subject.discover(cloud):
            for name, ask in subject.asks(each.ref).items():
                found = ask(cloud)
                assert found is not None, f'asked for {each.ref}, {name} said that it is gone'
                assert found.ref == each.ref, f'asked for {each.ref}, {name} showed {found.ref}'

    def test_an_outage_is_not_gone(self, subject: Subject) -> None:
        cloud = subject.cloud()
        for name, ask in subject.asks(subject.victim(cloud).ref).items():
            expected = ask(cloud)
            for number in range(number_of_requests(ask, cloud)):
                for failure in FAILURES:
                    found = told(
                        f'{name}, at {failure},', ask, ObservedCloud(cloud, fail_at(number, failure))
                    )
                    is_honest = isinstance(found, CloudError) or found == expected
                    assert is_honest, f'at {failure} {name} said {found!r}; let the error pass'

    def test_a_404_of_something_else_is_not_gone(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        for name, ask in subject.asks(victim.ref).items():
            plain = ObservedCloud(cloud)
            ask(plain)
            for number, request in enumerate(plain.requests):
                is_own = request.path.endswith(f'/{victim.id}')
                if is_own and not subject.handler.look_proves_end:
                    continue
                found = told(f'{name}, at a 404,', ask, ObservedCloud(cloud, fail_at(number, NOT_FOUND)))
                assert found is not None, (
                    f'a 404 for {request.path} was taken by {name} for the end of {victim.ref}'
                    f'{_PROVES if is_own else ""}'
                )

    def test_a_service_that_is_not_there_says_nothing(self, subject: Subject) -> None:
        for is_hidden in (True, False):
            cloud = subject.cloud()
            asks = subject.asks(subject.victim(cloud).ref)
            (cloud.hide_service if is_hidden else cloud.remove_service)(subject.handler.service)
            for name, ask in asks.items():
                found = told(name, ask, cloud)
                state = 'hidden' if is_hidden else 'absent'
                assert isinstance(found, CloudError), (
                    f'{subject.handler.service} is {state}, but {name} said {found!r}; let the error pass'
                )

    def test_an_answer_that_tells_nothing_is_refused(self, subject: Subject) -> None:
        cloud = subject.cloud()
        for name, ask in subject.asks(subject.victim(cloud).ref).items():
            for answer in (*NO_ANSWERS, _EMPTIED):

                def rewrite(_: int, request: object, document: Any, other: Any = answer) -> Any:
                    return _emptied(document) if other == _EMPTIED else other

                found = told(f'{name}, answered {answer!r},', ask, ObservedCloud(cloud, rewrite=rewrite))
                assert isinstance(found, CloudError), f'answered {answer!r}, {name} said {found!r}'

    def test_an_id_stays_one_segment_of_a_path(self, subject: Subject) -> None:
        for name, ask in subject.asks(Ref(subject.handler.kind, _STRANGE_ID)).items():
            observed = ObservedCloud(subject.cloud())
            told(f'{name} for the id {_STRANGE_ID!r}', ask, observed)
            asked = [request.path for request in observed.requests if _STRANGE_ID in request.path]
            assert not asked, f'for the id {_STRANGE_ID!r} {name} asked for {asked}; quote an id for a path'

    def test_a_status_means_what_the_words_of_the_kind_say(self, subject: Subject) -> None:
        """For words that cannot be meant otherwise; what an error is about may take more than its word."""
        states = subject.handler.states
        for word in (*sorted(states.deletion_failed | states.leaving), UNKNOWN_WORD):
            cloud = subject.cloud()
            victim = subject.victim(cloud)
            set_status(cloud, victim, word)
            for name, ask in subject.asks(victim.ref).items():
                found = ask(cloud)
                assert found is not None, f'{name} took the status {word!r} for the end'
                if found.status == word:
                    assert found.condition is states.condition(word), (
                        f'{word!r} was told to mean {found.condition}'
                    )

    def test_a_failed_creation_is_not_its_removal(self, subject: Subject) -> None:
        for word in sorted(subject.handler.states.creation_failed):
            cloud = subject.cloud()
            victim = subject.victim(cloud)
            set_status(cloud, victim, word)
            found = subject.look(cloud, victim.ref)
            assert found is not None, f'look took the status {word!r} for the end'
            assert found.condition is not Condition.LEAVING, f'{word!r} is no removal under way'


def _emptied(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return {name: _nothing(value) for name, value in document.items()}


def _nothing(value: object) -> object:
    if isinstance(value, dict):
        return {}
    return [{}] if isinstance(value, list) else None
