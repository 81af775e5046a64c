"""What a handler gives is checked where it enters; a defect names the plugin and the kind, and costs no more."""

import dataclasses
import datetime
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from orphancleanup import errors, runs
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.installed import asking, ladders
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Part, Ref, Resource
from orphancleanup.outcome import Result
from orphancleanup.states import States
from orphancleanup.table import KEEPING
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.storehouse import SERVICE, Bits, Boxes, Storehouse, Things

THING = Ref('thing', 'one')


def built(*handlers: Handler) -> Registry:
    return build(Loaded(handler, 'storehouse', 'strange-things 2.0') for handler in handlers)


def giving(change: Callable[[Resource], Any]) -> Registry:
    """Return the handler of things with what it gives changed."""

    class Changed(Things):
        def discover(self, cloud: Cloud) -> Iterable[Resource]:
            return [change(each) for each in super().discover(cloud)]

        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            found = super().look(cloud, ref)
            result: Resource | None = change(found) if found else None
            return result

    return built(Changed())


def with_(**fields: Any) -> Callable[[Resource], Resource]:
    return lambda resource: dataclasses.replace(resource, **fields)


DEFECTS: list[tuple[Callable[[Resource], Any], str]] = [
    (lambda _: {'id': 'one'}, "{'id': 'one'} instead of a Resource"),
    (with_(ref=('thing', 'one')), 'which is none'),
    (with_(ref=Ref('thing', '')), 'which is none'),
    (with_(ref=Ref('thing', 5)), 'which is none'),  # type: ignore[arg-type]
    (with_(ref=Ref('bit', 'one')), 'bit:one, which is of another kind'),
    (with_(name=None), 'thing:one with name=None, which is no text'),
    (with_(project_id=7), 'thing:one with project_id=7, which is no text'),
    (with_(status=None), 'with status=None'),
    (with_(protection=True), 'with protection=True'),
    (with_(capacity='3'), "with capacity='3', which is no number of GiB"),
    (with_(capacity=-1.0), 'which is no number of GiB'),
    (with_(capacity=float('nan')), 'which is no number of GiB'),
    (with_(created_at='2026-01-01'), "with created_at='2026-01-01', which is no datetime"),
    (
        with_(updated_at=datetime.datetime(2026, 1, 1)),
        'with updated_at=2026-01-01T00:00:00, which has no time',
    ),
    (with_(condition='normal'), "with condition='normal', which is no Condition"),
    (with_(parents=[Ref('thing', 'x')]), 'which is no tuple'),
    (with_(parents=(Ref('Thing', 'x'),)), 'among its parents, which is no reference'),
    (with_(blockers=(Ref('thing', ''),)), 'among its blockers, which is no reference'),
    (with_(owners=('thing:x',)), 'among its owners, which is no reference'),
    (with_(holds=(None,)), 'among its holds, which is no reference'),
    (with_(retains=(1,)), 'among its retains, which is no reference'),
    (with_(alters=(Ref('thing', None),)), 'among its alters, which is no reference'),  # type: ignore[arg-type]
    (with_(others=(Ref('thing', 'x'),)), 'instead of a Part'),
    (with_(tags={'a'}), "with tags={'a'}, which is no frozenset"),
    (with_(tags=frozenset({1})), 'which are not all texts'),
    (with_(serves={'a'}), "with serves={'a'}, which is no frozenset"),
    (with_(serves=frozenset({1})), 'which are not all texts'),
    (with_(is_system=0), 'with is_system=0, which is no bool'),
    (with_(details=None), 'with details=None, which is no mapping'),
    (with_(details={'a': {'b': datetime.date.today()}}), 'details that are not made of plain JSON values'),
    (with_(details={'a': (1,)}), 'details that are not made of plain JSON values'),
    (with_(details={1: 'a'}), 'details that are not made of plain JSON values'),
    (with_(details={'a': float('nan')}), 'details that are not made of plain JSON values'),
]


@pytest.mark.parametrize(('change', 'sentence'), DEFECTS)
def test_what_is_no_resource_is_not_taken_for_one(
    house: Storehouse, change: Callable[[Resource], Any], sentence: str
) -> None:
    house.thing('one')
    registry = giving(change)
    for ask in (
        lambda: asking.everything(registry, house.cloud, 'thing'),
        lambda: asking.look(registry, house.cloud, THING),
        lambda: asking.show(registry, house.cloud, THING),
    ):
        with pytest.raises(errors.IncompleteListing) as caught:
            ask()
        assert sentence in str(caught.value)
        assert 'the handler of thing in strange-things 2.0' in str(caught.value)


def test_what_is_in_a_project_is_not_taken_from_a_handler_that_says_that_nothing_is(
    house: Storehouse,
) -> None:
    class Nobodys(Things):
        in_projects = False

    house.thing('one', project_id='alpha')
    registry = built(Nobodys())
    for ask in (
        lambda: asking.everything(registry, house.cloud, 'thing'),
        lambda: asking.look(registry, house.cloud, THING),
    ):
        with pytest.raises(errors.IncompleteListing, match='thing:one in project alpha, while its attribute'):
            ask()
    house.things.items['one']['project_id'] = ''
    assert asking.look(registry, house.cloud, THING) is not None


@pytest.mark.parametrize('relation', KEEPING)
def test_what_says_that_it_keeps_nothing_and_names_something_is_not_read(
    house: Storehouse, relation: str
) -> None:
    class Modest(Things):
        keeps_nothing = True

    class Named(Modest):
        def discover(self, cloud: Cloud) -> Iterable[Resource]:
            return [
                dataclasses.replace(each, **{relation: (Ref('bit', 'two'),)})
                for each in super().discover(cloud)
            ]

    house.thing('one')
    assert asking.everything(built(Modest()), house.cloud, 'thing')
    with pytest.raises(
        errors.IncompleteListing, match=f'with bit:two among its {relation}, while its attribute'
    ):
        asking.everything(built(Named()), house.cloud, 'thing')


def test_another_resource_than_the_one_that_was_asked_for_is_not_taken_for_it(house: Storehouse) -> None:
    house.thing('one')
    registry = giving(with_(ref=Ref('thing', 'two')))
    with pytest.raises(errors.IncompleteListing, match='showed thing:two when asked for thing:one'):
        asking.look(registry, house.cloud, THING)


def test_what_is_sound_passes(house: Storehouse) -> None:
    house.thing('one', tags=['a'])
    registry = giving(with_(details={'a': [1, None, {'b': True, 'c': 1.5}]}, parents=(Ref('x-y', '1'),)))
    (found,) = asking.everything(registry, house.cloud, 'thing')
    assert asking.look(registry, house.cloud, THING) == found


def test_a_defect_costs_its_kind_and_not_the_run(house: Storehouse) -> None:
    class Broken(Bits):
        def discover(self, cloud: Cloud) -> Iterable[Resource]:
            return [with_(tags=None)(each) for each in super().discover(cloud)]

    house.bit('bit', project_id='ghost')
    house.box('box', project_id='ghost')
    site = dataclasses.replace(house.site(), registry=built(Broken(), Boxes()))
    result = runs.review(site, Request(Selection(orphans=True)))
    assert [entry.ref for entry in result.plan.entries] == [Ref('box', 'box')]
    assert [str(unread.scope) for unread in result.plan.unread] == ['bit']
    assert 'the handler of bit in strange-things 2.0 listed bit:bit' in result.plan.unread[0].why


def test_what_is_gone_though_listed_counts_as_not_there(house: Storehouse) -> None:
    class Going(Things):
        states = States(gone=frozenset({'pending_delete'}))

    house.thing('one', status='Pending_Delete')
    house.thing('two')
    registry = built(Going())
    assert [each.id for each in asking.everything(registry, house.cloud, 'thing')] == ['two']
    assert asking.look(registry, house.cloud, THING) is None
    assert asking.show(registry, house.cloud, THING) is None
    assert asking.is_gone(registry, house.cloud, THING)


@pytest.mark.parametrize(
    ('part', 'sentence'),
    [
        ('x', "'x' instead of a Part"),
        (Part('', 'x'), "whose type is '' and whose id is 'x'"),
        (Part('Invented::Thing', None), 'whose id is None'),  # type: ignore[arg-type]
        (Part('Invented::Thing', 'x', is_retained='no'), "is_retained='no'"),  # type: ignore[arg-type]
        (Part('Invented::Thing', 'x', alters=(1,)), 'among its alters'),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_part_is_not_taken_for_one(house: Storehouse, part: Any, sentence: str) -> None:
    class Wrong(Boxes):
        def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
            return [part]

    with pytest.raises(errors.IncompleteListing) as caught:
        asking.parts(built(Wrong()), house.cloud, Resource(Ref('box', 'box')))
    assert sentence in str(caught.value)
    assert 'gave as a part of box:box' in str(caught.value)


@pytest.mark.parametrize(
    ('steps', 'sentence'),
    [
        (None, 'TypeError'),
        (['delete'], "'delete' instead of a Step"),
        ([Step('', print)], "the step ''"),
        ([Step('a', None)], "the step 'a', whose"),  # type: ignore[arg-type]
        ([Step('a', print, removes=None)], "the step 'a' with removes=None, which is no bool"),  # type: ignore[arg-type]
        ([Step('a', print, keeps_parts=1)], "the step 'a' with keeps_parts=1, which is no bool"),  # type: ignore[arg-type]
        ([Step('a', print, after_forbidden='')], "with after_forbidden='', which is no bool"),  # type: ignore[arg-type]
        ([Step('a', print, 1)], "the step 'a' with level=1, which is no Level"),  # type: ignore[arg-type]
        ([Step('a', print, 'force')], "with level='force', which is no Level"),  # type: ignore[arg-type]
        ([Step('a', print), Step('a', print)], "two steps named 'a'"),
        ([Step('a', print, Level.DATABASE)], 'of the level database, which its attribute "levels" lacks'),
    ],
)
def test_a_ladder_that_breaks_the_contract_costs_its_entry(steps: Any, sentence: str) -> None:
    class Wrong(Things):
        def ladder(self, resource: Resource) -> Any:
            return steps

    registry = built(Wrong())
    with pytest.raises(errors.PluginError) as caught:
        ladders.ladder(registry, Resource(THING))
    assert sentence in str(caught.value)
    assert 'the handler of thing in strange-things 2.0' in str(caught.value)
    assert ladders.steps(registry, Resource(THING)) == ()


def test_a_blocker_that_is_no_reference_is_told(house: Storehouse) -> None:
    class Wrong(Things):
        def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Any]:
            return [Evidence('blocker', 'a port needs it', blocker='port-1')]  # type: ignore[arg-type]

    (told,) = asking.evidence(built(Wrong()), house.cloud, Resource(THING))
    assert "evidence whose blocker is 'port-1', which is no reference" in told.text


def test_what_is_no_evidence_is_told_and_costs_nothing_else(house: Storehouse) -> None:
    class Wrong(Things):
        def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Any]:
            return [Evidence('fault', 5)]  # type: ignore[arg-type]

    (told,) = asking.evidence(built(Wrong()), house.cloud, Resource(THING))
    assert 'more could not be read' in told.text
    assert '5 where text belongs' in told.text


class Regional(Things):
    shared_through = 'warehouse'


def test_what_another_region_may_have_is_not_gone(house: Storehouse) -> None:
    house.cloud.sharing[SERVICE, 'warehouse'] = frozenset({'RegionTwo'})
    with pytest.raises(errors.IncompleteListing, match='RegionTwo'):
        asking.is_gone(built(Regional()), house.cloud, THING)
    assert asking.is_gone(built(Things()), house.cloud, THING)


def test_what_something_names_and_another_region_may_have_is_no_missing_parent(house: Storehouse) -> None:
    house.cloud.sharing[SERVICE, 'warehouse'] = frozenset({'RegionTwo'})
    house.bit('bit', hangs_on=['elsewhere'])
    site = dataclasses.replace(house.site(), registry=built(Bits(), Regional()))
    result = runs.review(site, Request(Selection(orphans=True)))
    assert not result.plan.entries
    assert 'RegionTwo' in result.inventory.uncertain[Ref('thing', 'elsewhere')]


def test_what_our_region_listed_goes_whatever_other_regions_have(house: Storehouse) -> None:
    house.cloud.sharing[SERVICE, 'warehouse'] = frozenset({'RegionTwo'})
    house.thing('one', project_id='ghost')
    site = dataclasses.replace(house.site(), registry=built(Regional()))
    result = runs.review(site, Request(Selection(orphans=True)))
    applied = runs.apply(site, result.plan, house.folder())
    assert [each.result for each in applied.outcomes] == [Result.REMOVED]


def test_what_has_no_service_at_all_is_gone_and_what_is_hidden_is_not(house: Storehouse) -> None:
    house.cloud.remove_service(SERVICE)
    assert asking.is_gone(built(Things()), house.cloud, THING)
    house.cloud.hide_service(SERVICE)
    with pytest.raises(errors.ServiceHidden):
        asking.is_gone(built(Things()), house.cloud, THING)


def test_the_absence_of_another_service_proves_nothing(house: Storehouse) -> None:
    class Needy(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            cloud.service('another')
            return None

    with pytest.raises(errors.ServiceAbsent):
        asking.is_gone(built(Needy()), house.cloud, THING)


def test_of_a_kind_that_no_handler_knows_nothing_is_gone(house: Storehouse) -> None:
    with pytest.raises(errors.UsageError):
        asking.is_gone(built(Things()), house.cloud, Ref('widget', 'one'))


def test_a_service_type_that_nobody_knows_is_no_absent_service(house: Storehouse) -> None:
    class Mistyped(Things):
        service = 'block-storge'

        def discover(self, cloud: Cloud) -> Iterable[Resource]:
            cloud.service(self.service)
            return ()

        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            cloud.service(self.service)
            return None

    registry = built(Mistyped(), Bits())
    with pytest.raises(
        errors.IncompleteListing, match=r"'block-storge', which .* knows; 'block-storage' is meant"
    ):
        asking.is_gone(registry, house.cloud, THING)
    house.bit('bit', hangs_on=['lost'])
    result = runs.review(
        dataclasses.replace(house.site(), registry=registry), Request(Selection(orphans=True))
    )
    assert not result.plan.entries
    assert [str(unread.scope) for unread in result.plan.unread] == ['thing']
    assert 'the handler of thing in strange-things 2.0' in result.plan.unread[0].why


class Curious(Bits):
    """A bit whose step goes only when what it hangs on is gone, which it asks others."""

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        for parent in resource.parents:
            if not cloud.is_gone(parent):
                raise errors.Conflict(409, f'{parent} still exists')
        super().delete(cloud, resource)


def _unknown(ref: Ref) -> bool:
    raise errors.Unreachable(f'Nobody was asked about {ref}.')


@pytest.mark.parametrize(('is_there', 'is_left'), [(True, True), (False, False)])
def test_a_step_may_ask_a_run_about_another_kind(house: Storehouse, is_there: bool, is_left: bool) -> None:
    house.bit('bit', hangs_on=['one'])
    if is_there:
        house.thing('one')
    site = dataclasses.replace(house.site(), registry=built(Curious(), Things()))
    request = Request(Selection(refs=frozenset({Ref('bit', 'bit')})))
    plan = runs.review(site, request).plan
    # A plan may be applied by another process than the one that made it.
    house.cloud.ask_with(_unknown)
    runs.apply(site, plan, house.folder())
    assert ('bit' in house.bits.items) is is_left


@pytest.mark.parametrize(
    ('failure', 'kind'),
    [(None, 'widget'), (errors.ApiError.of(500, 'oops'), 'thing'), (KeyError('x'), 'thing')],
)
def test_what_cannot_be_told_to_be_gone_refuses_nothing_and_proves_nothing(
    house: Storehouse, failure: Exception | None, kind: str
) -> None:
    class Broken(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            assert failure
            raise failure

    with pytest.raises(errors.Unreachable, match=f'Whether {kind}:one is gone cannot be told'):
        asking.answer(built(Broken()), house.cloud, Ref(kind, 'one'))


class Adding(Bits):
    """Goes on where the ladder of a thing ends."""

    levels = frozenset({Level.API, Level.BACKEND})
    adds_to = ('thing',)
    more: tuple[Any, ...] = (Step('array', lambda cloud, one: None, Level.BACKEND),)

    def has_work(self, cloud: Any) -> bool:
        return bool(cloud)

    def added(self, resource: Resource) -> Any:
        return self.more


def laddered(own: tuple[Step, ...], adding: Handler) -> Registry:
    class Laddered(Things):
        levels = frozenset(Level)

        def ladder(self, resource: Resource) -> tuple[Step, ...]:
            return own

    return built(Laddered(), adding)


def step(name: str, level: Level = Level.API) -> Step:
    return Step(name, lambda cloud, one: None, level)


def rungs(registry: Registry) -> list[str]:
    return [each.name for each in ladders.ladder(registry, Resource(THING))]


def test_steps_of_another_kind_come_behind_all_that_are_as_gentle() -> None:
    own = (step('detach', Level.FORCE), step('delete'), step('rows', Level.DATABASE))
    assert rungs(laddered(own, Adding())) == ['detach', 'delete', 'array', 'rows']


def test_a_kind_with_nothing_to_do_on_a_cloud_stands_in_no_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = laddered((step('delete'), step('rows', Level.DATABASE)), Adding())
    assert rungs(registry.fitting(FakeCloud())) == ['delete', 'array', 'rows']
    monkeypatch.setattr(Adding, 'has_work', lambda *_: False)
    assert rungs(registry.fitting(FakeCloud())) == ['delete', 'rows']


def test_a_resource_that_has_no_steps_gets_none_of_another_kind() -> None:
    assert rungs(laddered((), Adding())) == []


def test_other_kinds_get_none_of_them() -> None:
    registry = laddered((step('delete'),), Adding())
    assert [each.name for each in ladders.ladder(registry, Resource(Ref('bit', 'one')))] == ['delete']


@pytest.mark.parametrize(
    ('more', 'sentence'),
    [
        ((step('delete', Level.BACKEND),), "two steps named 'delete'"),
        ((step('rows', Level.DATABASE),), 'which its attribute "levels" lacks'), ((None,), 'None instead of a Step'),
        (None, 'has no ladder'),
    ],
)  # fmt: skip
def test_steps_of_another_kind_are_checked_too(more: Any, sentence: str) -> None:
    adding = Adding()
    adding.more = more
    with pytest.raises(errors.PluginError, match=sentence):
        rungs(laddered((step('delete'),), adding))


class Unconfigured(Things):
    """Its things are on something that the configuration does not name."""

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        raise errors.NotConfigured('No array is configured.')

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        raise errors.NotConfigured('No array is configured.')


def test_a_kind_of_which_the_configuration_names_nothing_is_not_looked_for_and_nothing_of_it_is_gone(
    house: Storehouse,
) -> None:
    registry = built(Unconfigured(), Bits())
    with pytest.raises(errors.Unreachable, match='No array is configured'):
        asking.answer(registry, house.cloud, THING)
    site = dataclasses.replace(house.site(), registry=registry)
    found = runs.review(site, Request(Selection(orphans=True))).inventory
    assert (found.absent['thing'], found.unread) == ('No array is configured.', ())
    assert found.is_read('thing')
    assert not found.is_gone(THING)
