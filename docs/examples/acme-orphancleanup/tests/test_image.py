"""The kit's tests for images, on a Glance that hides what is hidden, and what is special about them."""

import re

import pytest
from acme_orphancleanup.image import Image

from orphancleanup.errors import Forbidden
from orphancleanup.model import Ref
from orphancleanup.testing import FakeCloud, Request
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.conformance import HandlerConformance, Seed


def glance(cloud: FakeCloud) -> Collection:
    """Bring Glance into a cloud: it protects images, and shows the visibilities that it is asked for."""

    def listed(_: re.Match[str], request: Request) -> dict[str, object]:
        wanted = {
            name: value
            for name, value in request.query.items()
            if name not in ('visibility', 'member_status')
        }
        hidden = {} if 'os_hidden' in wanted else {'os_hidden': 'false'}
        shown = images.page({**wanted, **hidden}, request.project_id, False)
        if request.query.get('visibility') != 'all':
            shown['images'] = [each for each in shown['images'] if each['visibility'] != 'community']
        return shown

    def refused(item: Item) -> Forbidden | None:
        return Forbidden(403, 'it is protected') if item['protected'] else None

    cloud.route('image', 'GET', '/images', listed)
    images = cloud.collection(
        'image', '/images', 'images', CollectionOptions(is_item_wrapped=False, refuse=refused, all_tenants='')
    )
    return images


def image(number: int, **fields: object) -> dict[str, object]:
    """Return the record of an image."""
    basic = {
        'id': f'image-{number}',
        'name': f'image {number}',
        'owner': f'project-{number}',
        'status': 'active',
    }
    more = {
        'visibility': 'shared',
        'os_hidden': False,
        'protected': False,
        'tags': ['blue'],
        'created_at': '2026-01-01T00:00:00Z',
    }
    return {**basic, **more, **fields}


class TestImage(HandlerConformance):
    # What is neither hidden nor shown there is not.
    deciding_fields = frozenset({'os_hidden'})

    @pytest.fixture
    def handler(self) -> Image:
        return Image()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            images = glance(cloud)
            for number in range(count):
                images.add(**image(number))

        return seed


def test_what_glance_shows_only_when_asked_is_listed() -> None:
    cloud = FakeCloud()
    images = glance(cloud)
    images.add(**image(0, os_hidden=True))
    images.add(**image(1, visibility='community'))
    images.add(**image(2, visibility='public'))
    assert {each.id for each in Image().discover(cloud)} == {'image-0', 'image-1', 'image-2'}


def test_a_protected_image_says_why_it_stays() -> None:
    cloud = FakeCloud()
    glance(cloud).add(**image(1, protected=True))
    (found,) = Image().discover(cloud)
    assert found.protection == 'its owner has protected it (unprotect it first)'


def test_an_image_belongs_to_its_owner() -> None:
    assert Image().resource(image(7)).project_id == 'project-7'


@pytest.mark.parametrize(
    ('status', 'is_gone'), [('pending_delete', True), ('deleted', True), ('active', False)]
)
def test_what_waits_for_the_scrubber_is_gone(status: str, is_gone: bool) -> None:
    assert Image.states.is_gone(status) == is_gone


def test_a_property_may_say_that_an_image_stays() -> None:
    assert 'orphancleanup:keep' in Image().resource(image(1, **{'orphancleanup:keep': 'yes'})).tags


def test_a_name_cannot_lead_elsewhere() -> None:
    cloud = FakeCloud()
    glance(cloud)
    assert Image().look(cloud, Ref('glance-image', 'a/../b')) is None
