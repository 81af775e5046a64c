"""Everything that an owner holds is told, and nothing about it is guessed."""

import math
from collections.abc import Iterable

import pytest

from orphancleanup.api import Cloud
from orphancleanup.discovery import discover
from orphancleanup.discovery.listings import Listed, attempt
from orphancleanup.errors import ApiError, IncompleteListing, NotFound, ServiceAbsent, ServiceHidden
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.model import Part, Ref, Resource
from tests.unit.storehouse import SERVICE, Bits, Boxes, Storehouse, Things

SERVER = Ref('server', 's')
BOX = Resource(Ref('box', 'box'))


class Stacks(Boxes):
    """A box whose parts are given."""

    def __init__(self, *given: Part) -> None:
        self.given = given

    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        return iter(self.given)


def registry(*given: Part) -> Registry:
    return build(Loaded(handler, 'storehouse', 'tests 1.0') for handler in (Things(), Bits(), Stacks(*given)))


def held(house: Storehouse, *given: Part) -> Resource:
    return discover.with_parts(registry(*given), house.cloud, BOX)


def test_parts_that_no_handler_knows_are_told_with_their_type(house: Storehouse) -> None:
    alarm = Part('Invented::Alarm', 'a')
    found = held(
        house, Part('Invented::Thing', 't'), alarm, alarm, Part('Invented::Alarm', 'b', is_retained=True)
    )
    assert found.others == (alarm,)
    assert found.holds == (Ref('thing', 't'),)


def test_what_loses_something_with_a_part_is_told(house: Storehouse) -> None:
    own, foreign = Ref('thing', 'own'), Ref('thing', 'foreign')
    found = held(
        house,
        Part('Invented::Attachment', 'a', alters=(own, foreign, SERVER)),
        Part('Invented::Thing', 'own'),
        Part('Invented::Attachment', 'b', is_retained=True, alters=(Ref('thing', 'untouched'),)),
    )
    assert found.alters == (SERVER, foreign)


@pytest.mark.parametrize('error', [NotFound(404, 'no template'), ApiError(500, 'oops')])
def test_parts_that_are_not_found_are_not_read(house: Storehouse, error: ApiError) -> None:
    house.cloud.fail((SERVICE, 'GET', '/boxes/box/content'), error, math.inf)
    with pytest.raises(IncompleteListing if isinstance(error, NotFound) else ApiError) as caught:
        discover.with_parts(build([Loaded(Boxes(), 's', 't 1')]), house.cloud, BOX)
    assert not isinstance(caught.value, NotFound)


class Needy(Things):
    """A handler that asks another service, too."""

    other: Exception = ServiceAbsent('The catalogue has no service of others.')

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        raise self.other


def attempted(handler: Handler, house: Storehouse) -> Listed:
    return attempt(build([Loaded(handler, 's', 't 1')]), house.cloud, 'thing')


def test_the_absence_of_another_service_is_not_the_absence_of_the_kinds_own(house: Storehouse) -> None:
    listed = attempted(Needy(), house)
    assert not listed.absent
    assert [str(unread.scope) for unread in listed.unread] == ['thing']


def test_a_service_that_is_hidden_from_us_is_unread_and_not_absent(house: Storehouse) -> None:
    handler = Needy()
    handler.other = ServiceHidden('Our catalogue has no storehouse.')
    listed = attempted(handler, house)
    assert not listed.absent
    assert [str(unread.scope) for unread in listed.unread] == ['thing']
