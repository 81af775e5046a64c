"""Images and namespaces: the suite of the kit, and one test for each pitfall, named for it."""

import json

import pytest

from orphancleanup.errors import Conflict, Forbidden, IncompleteListing, NotFound
from orphancleanup.handler import Handler, HoldsParts
from orphancleanup.model import Level, Part, Ref
from orphancleanup.plugins.glance_image.image import Image
from orphancleanup.plugins.glance_image.namespace import Namespace
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_image_service import Glance

IMAGE, NAMESPACE = Image(), Namespace()


class TestImage(HandlerConformance):
    # What is neither hidden nor shown there is not.
    deciding_fields = frozenset({'os_hidden'})

    @pytest.fixture
    def handler(self) -> Handler:
        return Image()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            glance = Glance(cloud)
            for number in range(count):
                glance.image(number)
            glance.share('image-0', 'project-1')

        return seed


class TestNamespace(HandlerConformance):
    deciding_fields = frozenset({'namespace'})

    @pytest.fixture
    def handler(self) -> Handler:
        return Namespace()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            glance = Glance(cloud)
            for number in range(count):
                glance.namespace(number)

        return seed

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        """What tells it is its name."""
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        del cloud.collection('image', '/metadefs/namespaces', 'namespaces').items[victim.id]['namespace']
        for read in subject.readings(victim.ref).values():
            with pytest.raises(IncompleteListing, match='namespace'):
                read(cloud)


@pytest.fixture
def glance(cloud: FakeCloud) -> Glance:
    return Glance(cloud)


@pytest.mark.parametrize(
    'fields',
    [{'os_hidden': True}, {'visibility': 'community'}, {'visibility': 'public'}, {'status': 'deactivated'}],
)
def test_hidden_community_public_and_deactivated_images_are_listed(
    cloud: FakeCloud, glance: Glance, fields: dict[str, object]
) -> None:
    glance.image(1, **fields)
    assert [each.id for each in IMAGE.discover(cloud)] == ['image-1']


def test_an_image_that_is_hidden_between_two_listings_is_told_once(cloud: FakeCloud, glance: Glance) -> None:
    image = glance.image(1)
    cloud.before(('image', 'GET', '/images'), lambda _: image.update(os_hidden=True), after=1)
    assert [each.id for each in IMAGE.discover(cloud)] == ['image-1']


@pytest.mark.parametrize('handler', [IMAGE, NAMESPACE])
def test_what_glance_does_not_show_to_others_is_not_gone(
    cloud: FakeCloud, glance: Glance, handler: Handler
) -> None:
    glance.is_admin = False
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(cloud))
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(cloud, Ref(handler.kind, 'nobody'))


@pytest.mark.parametrize(('handler', 'add'), [(IMAGE, 'image'), (NAMESPACE, 'namespace')])
def test_what_its_owner_protects_goes_at_level_force_only(
    cloud: FakeCloud, glance: Glance, handler: Handler, add: str
) -> None:
    getattr(glance, add)(1, protected=True)
    (found,) = handler.discover(cloud)
    unprotect, delete = handler.ladder(found)
    assert (unprotect.name, unprotect.level, unprotect.removes) == ('unprotect', Level.FORCE, False)
    with pytest.raises(Forbidden):
        delete.run(cloud, found)
    unprotect.run(cloud, found)
    (free,) = handler.discover(cloud)
    assert [(step.name, step.level) for step in handler.ladder(free)] == [('delete', Level.API)]
    delete.run(cloud, free)
    assert list(handler.discover(cloud)) == []


@pytest.mark.parametrize(('handler', 'add'), [(IMAGE, 'image'), (NAMESPACE, 'namespace')])
def test_what_is_unprotected_or_gone_by_now_is_not_changed(
    cloud: FakeCloud, glance: Glance, handler: Handler, add: str
) -> None:
    item = getattr(glance, add)(1, protected=True)
    (found,) = handler.discover(cloud)
    item['protected'] = False
    unprotect = handler.ladder(found)[0]
    unprotect.run(cloud, found)
    assert not cloud.sent('PATCH') + cloud.sent('PUT')
    glance.images.remove(found.id)
    glance.namespaces.remove(found.id)
    with pytest.raises(NotFound):
        unprotect.run(cloud, found)


def test_the_members_of_a_shared_image_lose_something(cloud: FakeCloud, glance: Glance) -> None:
    glance.image(1)
    glance.share('image-1', 'reader')
    glance.share('image-1', 'not-yet', 'pending')
    glance.share('image-1', 'no-thanks', 'rejected')
    glance.share('image-1', 'project-1')
    (found,) = IMAGE.discover(cloud)
    assert isinstance(IMAGE, HoldsParts)
    assert list(IMAGE.parts(cloud, found)) == [
        Part('OS::Glance::ImageMember', f'image-1/{each}', alters=(Ref('keystone-project', each),))
        for each in ('reader', 'not-yet')
    ]


def test_images_that_cannot_have_members_are_not_asked_for_them(cloud: FakeCloud, glance: Glance) -> None:
    glance.image(1, visibility='private')
    (found,) = IMAGE.discover(cloud)
    before = len(cloud.requests)
    assert list(IMAGE.parts(cloud, found)) == []
    assert len(cloud.requests) == before


def test_an_image_in_use_by_a_server_on_the_same_storage_says_so(cloud: FakeCloud, glance: Glance) -> None:
    glance.image(1)
    (found,) = IMAGE.discover(cloud)
    cloud.fail(
        ('image', 'DELETE', '/images/image-1'), Conflict(409, 'Image image-1 could not be deleted: in use')
    )
    with pytest.raises(Conflict, match='in use'):
        IMAGE.ladder(found)[0].run(cloud, found)


def test_the_image_of_a_server_with_volumes_hangs_on_their_snapshots(
    cloud: FakeCloud, glance: Glance
) -> None:
    mapping = [{'snapshot_id': 'snap-1', 'boot_index': 0}, {'snapshot_id': None, 'image_id': 'x'}]
    glance.image(1, block_device_mapping=json.dumps(mapping))
    (found,) = IMAGE.discover(cloud)
    assert found.parents == (Ref('cinder-snapshot', 'snap-1'),)


@pytest.mark.parametrize('text', ['', 'no json', '{}', '[1]', '[{"snapshot_id": 7}]', None, 7])
def test_a_mapping_of_somebody_else_is_no_reference(cloud: FakeCloud, glance: Glance, text: object) -> None:
    glance.image(1, block_device_mapping=text)
    (found,) = IMAGE.discover(cloud)
    assert found.parents == ()


@pytest.mark.parametrize(
    ('status', 'is_gone'), [('pending_delete', True), ('deleted', True), ('active', False)]
)
def test_what_waits_for_the_scrubber_is_gone(status: str, is_gone: bool) -> None:
    assert Image.states.is_gone(status) == is_gone


def test_a_property_may_say_that_an_image_stays(cloud: FakeCloud, glance: Glance) -> None:
    glance.image(1, **{'orphancleanup:keep': 'yes'})
    (found,) = IMAGE.discover(cloud)
    assert 'orphancleanup:keep' in found.tags


def test_the_namespaces_that_come_with_glance_are_no_orphans() -> None:
    assert NAMESPACE.selected_by == {'not-in-baseline', 'prefix', 'named'}


def test_a_namespace_keeps_its_other_fields_when_it_is_unprotected(cloud: FakeCloud, glance: Glance) -> None:
    item = glance.namespace(1, protected=True, description=None)
    (found,) = NAMESPACE.discover(cloud)
    NAMESPACE.ladder(found)[0].run(cloud, found)
    (sent,) = [each.body for each in cloud.requests if each.method == 'PUT']
    assert sent == {
        'namespace': item['namespace'], 'display_name': 'shown', 'visibility': 'private', 'owner': 'project-1',
        'protected': False,
    }  # fmt: skip


def test_the_tags_among_its_definitions_are_not_a_namespaces_own(cloud: FakeCloud, glance: Glance) -> None:
    item = glance.namespace(1)
    (listed,) = NAMESPACE.discover(cloud)
    item['tags'] = [{'name': 'orphancleanup:keep'}]
    assert NAMESPACE.look(cloud, listed.ref) == listed
