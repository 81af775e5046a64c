"""Is the class what the registry and the engine take it for?"""

import re

from orphancleanup.model import KIND, Level
from orphancleanup.states import States
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.checks.subject import Subject

#: what may stand in ``after`` for every kind
EVERY_KIND = '*'
_MICROVERSION = re.compile(r'\d+\.\d+')


class Attributes:
    """The tests."""

    def test_attributes_keep_the_contract(self, subject: Subject) -> None:
        handler = subject.handler
        assert isinstance(handler.kind, str), f'the kind is {handler.kind!r}'
        assert KIND.fullmatch(handler.kind), f'{handler.kind!r} is no lower-case word with single hyphens'
        assert isinstance(handler.service, str), f'the service is {handler.service!r}'
        assert handler.service, 'the service type is empty'
        assert isinstance(handler.after, tuple), f'"after" is {handler.after!r}, which is no tuple'
        for kind in handler.after:
            assert kind == EVERY_KIND or KIND.fullmatch(kind), f'{kind!r} in "after" is no kind'
            assert kind != handler.kind, 'a kind cannot go after itself; use "parents" between resources'

    def test_levels_types_and_deadline_keep_the_contract(self, subject: Subject) -> None:
        handler = subject.handler
        assert isinstance(handler.levels, frozenset), f'"levels" is {handler.levels!r}, which is no frozenset'
        assert handler.levels, '"levels" is empty'
        assert all(isinstance(each, Level) for each in handler.levels), f'"levels" is {handler.levels!r}'
        types = handler.resource_types
        assert isinstance(types, tuple), f'"resource_types" is {types!r}, which is no tuple'
        assert all(isinstance(each, str) and each for each in types), f'"resource_types" is {types!r}'
        assert len(set(types)) == len(types), f'"resource_types" names one twice: {types!r}'
        assert isinstance(handler.states, States), f'"states" is {handler.states!r}'
        assert type(handler.deadline) in (int, float), (
            f'"deadline" is {handler.deadline!r}, which is no number'
        )
        assert handler.deadline > 0, 'the deadline is over before it begins'

    def test_it_is_made_without_arguments(self, subject: Subject) -> None:
        try:
            again = type(subject.handler)()
        except TypeError as error:
            raise AssertionError(f'the registry makes it without arguments, but: {error}') from error
        assert again.kind == subject.handler.kind

    def test_it_asks_for_the_lowest_microversion_that_it_needs(self, subject: Subject) -> None:
        cloud = subject.cloud()
        observed = ObservedCloud(cloud)
        subject.discover(observed)
        subject.look(observed, subject.victim(cloud).ref)
        for service, microversion in observed.services:
            is_plain = microversion is None or _MICROVERSION.fullmatch(microversion)
            assert is_plain, (
                f'{microversion!r} of {service} means another thing in each cloud; name the lowest'
            )
