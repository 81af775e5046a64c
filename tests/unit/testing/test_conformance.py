"""The suite passes what keeps the contract, and fails what breaks it, each breach in a test of its own."""

import contextlib
import datetime
import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import ApiError, CloudError, NotFound, ReadOnlyViolation
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Part, Ref, Resource
from orphancleanup.states import States
from orphancleanup.testing import CollectionOptions, Deletion, FakeCloud
from orphancleanup.testing.conformance import FAILURES, HandlerConformance, Seed

SERVICE = 'widgets'


class Widget(Handler):
    kind = 'widget'
    service = SERVICE
    levels = frozenset({Level.API, Level.FORCE})

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for item in cloud.service(SERVICE).pages('/widgets', 'widgets', {'all_tenants': 1}):
            yield self.read(item)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        try:
            document = cloud.service(SERVICE).get(f'/widgets/{ref.id}')
        except NotFound:
            return None
        return self.read(records.inner(document, 'widget', str(ref)))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (
            Step('delete', self.delete),
            Step('reset', self.reset, Level.FORCE, removes=False),
            Step('force-delete', self.force, Level.FORCE),
        )

    def read(self, item: Any) -> Resource:
        created = datetime.datetime.fromisoformat(item['created_at'])
        return Resource(Ref(self.kind, item['id']), item['name'], item['project_id'], item['status'], created)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).delete(f'/widgets/{resource.id}')

    def reset(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).post(f'/widgets/{resource.id}/action', {'reset': None})

    def force(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).post(f'/widgets/{resource.id}/action', {'force': None})


def fill(cloud: FakeCloud, count: int) -> None:
    options = CollectionOptions(
        all_tenants='all_tenants',
        deletion=Deletion(seconds=5),
        actions={
            'reset': lambda item, _: item.update(status='error'),
            'force': lambda item, _: widgets.leave(item, Deletion(1)),
        },
    )
    widgets = cloud.collection(SERVICE, '/widgets', 'widgets', options)
    for number in range(count):
        created = '2026-01-01T00:00:00+00:00'
        widgets.add(name=f'w{number:03}', project_id='t', status='available', created_at=created)


class TestWidget(HandlerConformance):
    """A handler that keeps the contract."""

    @pytest.fixture
    def handler(self) -> Handler:
        return Widget()

    @pytest.fixture
    def seed(self) -> Seed:
        return fill


class WithoutMarks(Widget):
    kind = 'Widget_1'


class Twice(Widget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        found = list(super().discover(cloud))
        return found + found[:1]


class OtherKind(Widget):
    def read(self, item: Any) -> Resource:
        return Resource(Ref('gadget', item['id']))


class NaiveTimes(Widget):
    def read(self, item: Any) -> Resource:
        return Resource(Ref('widget', item['id']), created_at=datetime.datetime(2026, 1, 1))


class OneByOne(Widget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return [each for one in super().discover(cloud) if (each := self.look(cloud, one.ref))]


class Forgiving(Widget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        found = []
        try:
            for resource in super().discover(cloud):
                found.append(resource)
        except CloudError:
            pass
        return found


class FirstPage(Widget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return [
            self.read(item) for item in cloud.service(SERVICE).get('/widgets', {'all_tenants': 1})['widgets']
        ]


class Touching(Widget):
    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        for resource in super().discover(cloud):
            self.reset(cloud, resource)
            yield resource


class Blind(Widget):
    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        try:
            return super().look(cloud, ref)
        except ApiError:
            return None


class Hasty(Widget):
    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return super().look(cloud, ref) and Resource(ref)


class NeverGone(Widget):
    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return super().look(cloud, ref) or Resource(ref)


class Harsh(Widget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return tuple(reversed(super().ladder(resource)))


class Forgetful(Widget):
    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        try:
            item = cloud.service(SERVICE).get(f'/widgets/{ref.id}').get('widget')
        except NotFound:
            return None
        return self.read(item) if item else None


class Wordless(Widget):
    states = States(leaving=frozenset({'deleting'}))


class Rash(Widget):
    def show(self, cloud: Cloud, ref: Ref) -> Resource | None:
        try:
            return self.look(cloud, ref)
        except CloudError:
            return None


class Owner(Widget):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        yield Part('Widget', cloud.service(SERVICE).get(f'/widgets/{resource.id}')['widget']['id'])


class Shrugging(Owner):
    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        with contextlib.suppress(NotFound):
            yield from super().parts(cloud, resource)


class Unlevelled(Widget):
    levels = frozenset({Level.API})


class Doubled(Widget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.delete), Step('delete', self.delete))


class Unfinished(Widget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return super().ladder(resource)[:2]


class Lazy(Widget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        self.reset(cloud, resource)


class Silent(Widget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        with contextlib.suppress(CloudError):
            super().delete(cloud, resource)


class Greedy(Widget):
    def force(self, cloud: Cloud, resource: Resource) -> None:
        for other in self.discover(cloud):
            super().force(cloud, other)


class Surprised(Widget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        try:
            super().delete(cloud, resource)
        except NotFound as error:
            raise KeyError(resource.id) from error


def run(name: str, handler: Handler) -> None:
    """Run one test of the suite with one handler, as pytest would, for every failure that it is given."""
    test = getattr(TestWidget(), name)
    wanted = inspect.signature(test).parameters
    for failure in FAILURES if 'failure' in wanted else [None]:
        cloud = FakeCloud()
        fill(cloud, 3)
        values: dict[str, Any] = {'handler': handler, 'seed': fill, 'cloud': cloud, 'failure': failure}
        if {'victim', 'steps'} & set(wanted):
            values['victim'] = TestWidget().choose(handler, cloud)
            values['steps'] = tuple(handler.ladder(values['victim']))
        test(**{each: values[each] for each in wanted})


@pytest.mark.parametrize(
    ('handler', 'test'),
    [
        (WithoutMarks, 'test_attributes_keep_the_contract'),
        (Twice, 'test_discover_yields_resources_of_its_kind_once'),
        (OtherKind, 'test_discover_yields_resources_of_its_kind_once'),
        (NaiveTimes, 'test_discover_yields_resources_of_its_kind_once'),
        (OneByOne, 'test_discover_asks_no_more_when_there_is_more'),
        (Touching, 'test_discover_only_reads'),
        (Forgiving, 'test_a_failed_listing_is_never_taken_for_a_short_one'),
        (Forgiving, 'test_a_listing_that_fails_midway_raises'),
        (FirstPage, 'test_a_listing_that_fails_midway_raises'),
        (Blind, 'test_an_outage_is_not_gone'),
        (Rash, 'test_an_outage_is_not_gone'),
        (Wordless, 'test_a_status_means_what_the_words_of_the_kind_say'),
        (Owner, 'test_a_404_on_the_way_to_the_parts_of_an_owner_is_not_its_end'),
        (Shrugging, 'test_a_404_on_the_way_to_the_parts_of_an_owner_is_not_its_end'),
        (Forgetful, 'test_a_document_that_tells_nothing_is_no_resource'),
        (Hasty, 'test_look_finds_what_discover_found'),
        (NeverGone, 'test_look_says_gone_when_it_is'),
        (Harsh, 'test_the_ladder_begins_gently'),
        (Unlevelled, 'test_the_ladder_begins_gently'),
        (Doubled, 'test_the_ladder_begins_gently'),
        (Unfinished, 'test_the_ladder_begins_gently'),
        (Lazy, 'test_each_step_removes_or_says_why_not'),
        (Silent, 'test_a_refused_step_raises'),
        (Greedy, 'test_steps_touch_nothing_else'),
        (Surprised, 'test_steps_on_what_is_gone_say_so'),
    ],
)
def test_a_breach_is_found(handler: type[Handler], test: str) -> None:
    run(test, Widget())
    with pytest.raises((AssertionError, pytest.fail.Exception, ReadOnlyViolation, KeyError)):
        run(test, handler())
