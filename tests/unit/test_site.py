"""A place to work in is the same for a script and for the commands."""

from typing import Any

import pytest

from orphancleanup.errors import PluginError
from orphancleanup.handler import Handler
from orphancleanup.installed import ladders
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.progress import Silence
from orphancleanup.settings import Settings
from orphancleanup.site import Site
from orphancleanup.testing.fake_cloud import FakeCloud


class Thing(Handler):
    kind, service = 'thing', 'things'

    def discover(self, cloud: Any) -> tuple[Resource, ...]:
        return ()

    def look(self, cloud: Any, ref: Ref) -> None:
        return None

    def ladder(self, resource: Resource) -> tuple[Step, ...]:
        return (Step('delete', lambda cloud, one: None),)


class Going(Thing):
    """Goes on where the ladder of a thing ends, where the configuration says so."""

    kind, levels = 'going', frozenset({Level.API, Level.BACKEND})
    adds_to = ('thing',)

    def has_work(self, cloud: Any) -> bool:
        return bool(cloud.options('going')['going']['is_on'])

    def added(self, resource: Resource) -> tuple[Step, ...]:
        return (Step('go on', lambda cloud, one: None, Level.BACKEND),)


def site(groups: dict[str, Any]) -> Site:
    cloud = FakeCloud()
    cloud.groups = groups
    registry = build(Loaded(each, 'the package', 'package 1.0') for each in (Thing(), Going()))
    return Site(cloud, registry, cloud.clock, Settings(), Silence())


@pytest.mark.parametrize(('is_on', 'expected'), [(True, ['delete', 'go on']), (False, ['delete'])])
def test_a_script_gets_the_steps_of_kinds_that_have_something_to_do(is_on: bool, expected: list[str]) -> None:
    made = site({'going': {'is_on': is_on}})
    ladder = ladders.ladder(made.registry, Resource(Ref('thing', 'one')))
    assert [step.name for step in ladder] == expected


def test_a_kind_that_cannot_tell_whether_it_has_anything_to_do_is_named() -> None:
    with pytest.raises(PluginError, match=r"'going' of package 1.0 cannot tell .*\(KeyError: 'going'\)"):
        site({})
