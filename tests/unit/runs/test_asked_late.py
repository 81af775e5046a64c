"""Owners whose parts only tell who loses something with them (images and their members) are asked when they may go."""

import re

import pytest

from orphancleanup import runs
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Project, Ref
from orphancleanup.plugins.glance_image.image import Image
from orphancleanup.results import Review
from orphancleanup.site import Site
from tests.unit import leaky
from tests.unit.leaky import Leaky

LIVING, DEAD = 'project-living', 'project-dead'
ORPHANS = Request(Selection(orphans=True))
_MEMBERS = re.compile('/images/(.*)/members')


@pytest.fixture
def world() -> Leaky:
    """Have five shared images, the first of them of a project that is gone."""
    world = Leaky()
    world.keystone.add_project(id=LIVING, name='living')
    world.cloud.projects[LIVING] = Project(LIVING, 'living', 'default')
    for number in range(5):
        world.glance.image(number, owner=DEAD if number == 0 else LIVING)
    return world


def asked(world: Leaky) -> list[str]:
    """Return the images that were asked for their members."""
    found = (_MEMBERS.fullmatch(each.path) for each in world.cloud.requests)
    return [each[1] for each in found if each]


def review(world: Leaky, request: Request = ORPHANS) -> tuple[Site, Review]:
    site = leaky.site(world.cloud)
    return site, runs.review(site, request)


def decision(found: Review, image: str) -> Decision:
    (verdict,) = (each for each in found.verdicts if each.resource.ref == Ref('glance-image', image))
    return verdict.decision


def test_only_what_may_go_is_asked_who_loses_it(world: Leaky) -> None:
    _, found = review(world)
    assert asked(world) == ['image-0']
    assert decision(found, 'image-0') is Decision.REMOVE


def test_who_loses_something_keeps_it_although_it_was_asked_late(world: Leaky) -> None:
    world.glance.share('image-0', LIVING)
    _, found = review(world)
    assert decision(found, 'image-0') is Decision.KEEP
    assert [entry.ref for entry in found.plan.entries] == []


def test_who_loses_something_and_is_gone_is_asked_for_and_keeps_nothing(world: Leaky) -> None:
    world.glance.share('image-0', 'project-gone')
    _, found = review(world)
    assert decision(found, 'image-0') is Decision.REMOVE
    assert [each for each in world.cloud.requests if each.path == '/projects/project-gone']


def test_what_cannot_tell_who_loses_it_is_kept(world: Leaky) -> None:
    world.cloud.fail(('image', 'GET', '/images/image-0/members'), OSError('no answer'))
    _, found = review(world)
    assert decision(found, 'image-0') is Decision.KEEP


def test_what_is_named_is_asked_once(world: Leaky) -> None:
    named = Request(Selection(refs=frozenset({Ref('glance-image', 'image-1')})))
    review(world, named)
    assert asked(world) == ['image-1']


def test_a_saved_state_and_a_comparison_ask_nobody(world: Leaky) -> None:
    site = leaky.site(world.cloud)
    baseline = runs.save_state(site).baseline
    assert runs.diff(site, baseline).is_same
    assert asked(world) == []


def test_what_is_explained_is_asked(world: Leaky) -> None:
    world.glance.share('image-2', 'project-gone')
    found = runs.explain(leaky.site(world.cloud), Ref('glance-image', 'image-2'), ORPHANS)
    assert found.resource
    assert found.resource.alters == (Ref('keystone-project', 'project-gone'),)


def test_parts_that_are_resources_are_a_defect_where_nobody_waits_for_them(
    world: Leaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('orphancleanup.plugins.glance_image.image._MEMBER', 'OS::Cinder::Volume')
    assert Image.parts_only_alter
    world.glance.share('image-0', LIVING)
    _, found = review(world)
    assert decision(found, 'image-0') is Decision.KEEP
    assert any('parts_only_alter' in each.why for each in found.plan.unread)
