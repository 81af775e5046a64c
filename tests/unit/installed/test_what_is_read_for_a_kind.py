"""Whoever asks for one kind is told of it what a whole run tells: what may keep it is read, too."""

import json

import pytest

from orphancleanup import runs
from orphancleanup.discovery.discover import needed
from orphancleanup.errors import ApiError, PluginError
from orphancleanup.handler import Handler, HoldsParts
from orphancleanup.installed import registry
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.judging import relations
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Ref
from orphancleanup.plugins.neutron_network.policy import SHARED
from orphancleanup.table import KEEPING, RELATIONS, TableHandler
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT
from tests.unit.leaky import Leaky, site
from tests.unit.storehouse import Bits, Boxes, Things

INSTALLED = registry.load()
EVERYTHING = Selection(everything=True)


def test_what_a_stack_may_hold_goes_after_the_stacks() -> None:
    typed = {kind for kind in INSTALLED.order if INSTALLED.handler(kind).resource_types} - {'heat-stack'}
    assert {kind for kind in typed if 'heat-stack' not in INSTALLED.before(kind)} == set()


def test_a_kind_with_resource_types_goes_after_what_holds_parts_though_its_author_forgot_it() -> None:
    class Forgetful(Things):
        after = ()

    built = build(Loaded(each, 'tests', 'tests 1.0') for each in (Forgetful(), Bits(), Boxes()))
    assert built.before('thing') == {'box'}
    assert built.before('bit') == frozenset()


def test_what_holds_parts_and_goes_after_a_kind_is_not_put_before_it() -> None:
    class First(Things):
        after = ()

    class Later(Boxes):
        after = ('thing',)

    built = build(Loaded(each, 'tests', 'tests 1.0') for each in (First(), Later()))
    assert built.order == ('thing', 'box')


class Copies(TableHandler):
    """What a package brings that needs bits, or holds them; nobody asked the author of these."""

    kind, service, path, key = 'copy', 'storehouse', '/copies', 'copies'


def with_copies(*others: type[Handler], **attributes: object) -> Registry:
    copies = type('Copies', (Copies,), attributes)
    made = (each() for each in (Things, Bits, Boxes, *others, copies))
    return build(Loaded(each, 'tests', 'tests 1.0') for each in made)


@pytest.mark.parametrize('relation', ['parents', 'holds', 'retains'])
def test_what_needs_or_holds_a_kind_of_another_package_goes_before_it(relation: str) -> None:
    built = with_copies(**{relation: {'of': 'bit'}})
    assert built.before('bit') == {'copy'}
    assert 'copy' in needed(built, ['bit'])


@pytest.mark.parametrize('relation', ['owners', 'goes_with', 'blockers'])
def test_what_is_needed_or_held_by_a_kind_of_another_package_goes_after_it(relation: str) -> None:
    built = with_copies(**{relation: {'by': 'bit'}})
    assert built.before('copy') == {'bit'}
    assert built.before('bit') == frozenset()


def test_what_is_no_table_says_before_what_it_goes() -> None:
    built = with_copies(before=('bit', 'not-installed'))
    assert built.before('bit') == {'copy'}
    assert built.order.index('copy') < built.order.index('bit')


def test_what_goes_before_what_goes_last_does_so_in_whatever_project() -> None:
    class Last(Things):
        kind, after, resource_types = 'last', ('*',), ()

    built = with_copies(Last, before=('bit',))
    assert built.last == {'last'}
    assert with_copies(Last, after=('last',)).last == {'last', 'copy'}
    assert built.before('last') >= {'copy', 'bit'}


def test_a_part_that_depends_on_its_owner_goes_after_it() -> None:
    built = with_copies(owners={'by': 'bit'}, parents={'on': 'bit'})
    assert built.before('copy') == {'bit'}


def test_what_keeps_nothing_is_not_read_for_what_goes_before_it() -> None:
    built = with_copies(after=('bit',), in_projects=False)
    assert 'copy' in needed(built, ['bit'])
    built = with_copies(after=('bit',), in_projects=False, keeps_nothing=True)
    assert built.before('copy') == {'bit'}
    assert 'copy' not in needed(built, ['bit'])


def test_an_owner_whose_parts_are_asked_for_may_keep_something_whatever_it_says() -> None:
    class Later(Boxes):
        kind, after, keeps_nothing = 'crate', ('bit',), True

    assert 'crate' in needed(with_copies(Later), ['bit'])


@pytest.mark.parametrize('relation', ['owners', 'goes_with'])
def test_what_keeps_nothing_keeps_what_its_table_names_all_the_same(relation: str) -> None:
    built = with_copies(after=('box',), keeps_nothing=True, **{relation: {'by': 'bit'}})
    assert 'copy' in needed(built, ['bit'])
    assert 'copy' not in needed(built, ['box'])


def test_names_are_stronger_than_relations() -> None:
    built = with_copies(parents={'of': 'bit'}, after=('bit',))
    assert built.before('copy') == {'bit'}
    assert built.before('bit') == frozenset()


def test_relations_in_a_circle_are_no_error() -> None:
    class Prints(Copies):
        kind, parents = 'print', {'of': 'copy'}

    built = with_copies(Prints, parents={'of': 'bit'}, retains={'as': 'print'})
    assert set(built.order) >= {'copy', 'print', 'bit'}
    assert built.before('bit') >= {'copy'}
    # They go in one of the two orders, and each is read when the other is.
    assert 'print' in needed(built, ['copy'])
    assert 'copy' in needed(built, ['print'])


def test_kinds_that_go_before_each_other_by_their_names_are_an_error() -> None:
    with pytest.raises(PluginError, match='want to go after each other'):
        with_copies(before=('bit',), after=('bit',))


def is_read_when_named(kind: str, relation: str) -> bool:
    """What is in no project is read once something names it, unless it goes along with that."""
    return relation != 'holds' and not INSTALLED.handler(kind).in_projects


def may_keep(kind: str, relation: str) -> bool:
    """What only loses something goes whether what it would lose is there or not."""
    return relation in KEEPING or (relation == 'blockers' and not INSTALLED.handler(kind).keeps_nothing)


@pytest.mark.parametrize('kind', INSTALLED.order)
def test_what_a_table_refers_to_is_read_with_its_kind_and_the_other_way_round(kind: str) -> None:
    handler = INSTALLED.handler(kind)
    for relation in RELATIONS if isinstance(handler, TableHandler) else ():
        for other in set(getattr(handler, relation).values()) & set(INSTALLED.order):
            assert other in needed(INSTALLED, [kind]) or is_read_when_named(other, relation)
            assert not may_keep(kind, relation) or kind in needed(INSTALLED, [other])
    assert (
        isinstance(handler, HoldsParts)
        or not handler.resource_types
        or 'heat-stack' in needed(INSTALLED, [kind])
    )


def test_what_resources_name_is_read_with_their_kind_and_the_other_way_round() -> None:
    leaky = Leaky()
    leaky.project(0)
    named = {
        (resource.kind, relation.field, ref.kind)
        for resource in runs.survey(site(leaky.cloud), INSTALLED.order)
        for relation in relations.RELATIONS
        for ref in relation.named(resource)
    }
    assert len(named) > 10
    for kind, relation, other in named:
        assert other in needed(INSTALLED, [kind]) or is_read_when_named(other, relation)
        assert not may_keep(kind, relation) or kind in needed(INSTALLED, [other])


def test_what_a_policy_shares_is_read_with_it_and_the_other_way_round() -> None:
    for shared in SHARED.values():
        assert shared in needed(INSTALLED, ['neutron-rbac-policy'])
        assert 'neutron-rbac-policy' in needed(INSTALLED, [shared])


def test_what_goes_before_a_kind_is_worked_out_once() -> None:
    assert INSTALLED.before('cinder-volume') is INSTALLED.before('cinder-volume')


def judged(leaky: Leaky, kinds: frozenset[str] | None, ref: Ref) -> Verdict:
    request = Request(EVERYTHING, Reach(kinds=kinds, projects=frozenset({ADMIN_PROJECT})))
    verdicts = runs.review(site(leaky.cloud), request).verdicts
    return next(each for each in verdicts if each.resource.ref == ref)


def with_an_image_of_a_snapshot() -> tuple[Leaky, Ref]:
    leaky = Leaky()
    volume = leaky.storage.add_volume(**{'os-vol-tenant-attr:tenant_id': ADMIN_PROJECT, 'volume_type': None})
    mine = {'os-extended-snapshot-attributes:project_id': ADMIN_PROJECT}
    snapshot = leaky.storage.add_snapshot(volume, **mine)['id']
    made_of = json.dumps([{'snapshot_id': snapshot}])
    leaky.glance.image(1, owner='another', block_device_mapping=made_of, tags=['orphancleanup:keep'])
    return leaky, Ref('cinder-snapshot', snapshot)


@pytest.mark.parametrize(
    'kinds', [None, frozenset({'cinder-snapshot'}), frozenset({'cinder-volume', 'cinder-snapshot'})]
)
def test_a_snapshot_that_an_image_is_made_of_stays_whatever_kinds_are_asked_for(
    kinds: frozenset[str] | None,
) -> None:
    leaky, ref = with_an_image_of_a_snapshot()
    assert [guard.code for guard in judged(leaky, kinds, ref).guards] == ['in-use']


def test_an_image_that_is_asked_for_alone_is_judged_as_in_a_whole_run() -> None:
    leaky, _ref = with_an_image_of_a_snapshot()
    image = leaky.glance.images.get('image-1')
    image.update(owner=ADMIN_PROJECT, tags=[])
    assert (
        judged(leaky, frozenset({'glance-image'}), Ref('glance-image', 'image-1')).decision is Decision.REMOVE
    )


def test_a_snapshot_stays_while_the_images_cannot_be_read() -> None:
    leaky, ref = with_an_image_of_a_snapshot()
    leaky.cloud.fail(('image', 'GET', '/images'), ApiError.of(500, 'down'), times=9)
    assert judged(leaky, None, ref).decision is Decision.KEEP


@pytest.mark.parametrize(
    ('resource_type', 'kind'),
    [('AWS::EC2::EIP', 'neutron-floatingip'), ('AWS::EC2::RouteTable', 'neutron-router')],
)
def test_what_heat_makes_under_the_words_of_amazon_is_a_part_of_its_stack(
    resource_type: str, kind: str
) -> None:
    """Their physical ids are those of Neutron (heat/engine/resources/aws/ec2)."""
    assert INSTALLED.by_resource_type[resource_type] == kind


def test_a_quota_that_heat_has_set_has_a_name_for_an_id_and_is_no_part_that_could_be_looked_up() -> None:
    """That is the name of the resource, and not the project (heat/engine/resources/openstack/cinder/quota.py)."""
    assert not [each for each in INSTALLED.by_resource_type if each.endswith('::Quota')]
