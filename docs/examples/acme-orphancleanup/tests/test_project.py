"""The kit's tests for projects and domains, and what is special about them."""

import re

import pytest
from acme_orphancleanup.domain import Domain
from acme_orphancleanup.project import Project

from orphancleanup import errors, model
from orphancleanup.handler import Handler
from orphancleanup.model import Part, Ref, Resource
from orphancleanup.testing import FakeCloud, Request
from orphancleanup.testing.collection import CollectionOptions, Item
from orphancleanup.testing.conformance import HandlerConformance, Seed


def keystone(cloud: FakeCloud, count: int) -> None:
    """Fill the Keystone of a cloud with domains, each with a user; what the fake one lacks is brought in."""

    def refused(item: Item) -> errors.ApiError | None:
        return errors.Forbidden(403, 'it is enabled') if item['enabled'] else None

    def changed(match: re.Match[str], request: Request) -> Item:
        assert isinstance(request.body, dict)
        domains.get(match['id']).update(request.body['domain'])
        return domains.document(match['id'])

    domains = cloud.collection(
        'identity', '/domains', 'domains', CollectionOptions(refuse=refused, all_tenants='')
    )
    cloud.route('identity', 'PATCH', '/domains/(?P<id>[^/]+)', changed)
    users = cloud.collection('identity', '/users', 'users')
    cloud.collection('identity', '/groups', 'groups')
    for number in range(count):
        domains.add(id=f'domain-{number}', name=f'domain {number}', enabled=True, tags=['blue'])
        users.add(id=f'user-{number}', domain_id=f'domain-{number}')


class TestProject(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Project()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            cloud.route(
                'identity', 'DELETE', '/projects/(?P<id>[^/]+)', lambda match, _: delete(cloud, match['id'])
            )
            for number in range(count):
                cloud.projects[f'project-{number}'] = model.Project(
                    f'project-{number}', f'a{number}', 'domain-0'
                )

        return seed

    def vanish(self, cloud: FakeCloud, resource: Resource) -> None:
        del cloud.projects[resource.id]

    def test_whoever_owns_it_it_is_listed(self, subject: object) -> None:
        """A project belongs to nobody but itself."""
        assert Project.project_field == 'id'


def delete(cloud: FakeCloud, identifier: str) -> None:
    """Delete a project, as Keystone does: it asks nobody what is in it."""
    if identifier not in cloud.projects:
        raise errors.NotFound(404, f'Could not find project: {identifier}.')
    del cloud.projects[identifier]


class TestDomain(HandlerConformance):
    is_global = True

    def is_plain(self, request: Request, resource: Resource) -> bool:
        """Tell that whoever may delete a domain may disable it."""
        return request.method == 'PATCH' or super().is_plain(request, resource)

    @pytest.fixture
    def handler(self) -> Handler:
        return Domain()

    @pytest.fixture
    def seed(self) -> Seed:
        return keystone


def record(**fields: object) -> dict[str, object]:
    """Return the record of a project."""
    return {'id': 'p', 'name': 'p', 'domain_id': 'd', 'parent_id': 'd', **fields}


def test_a_project_is_in_itself_and_contains_what_has_its_id() -> None:
    assert Project.contains_projects
    assert Project().resource(record()).project_id == 'p'


def test_a_project_depends_on_its_domain_and_on_the_project_above_it() -> None:
    assert Project().resource(record()).parents == (Ref('keystone-domain', 'd'),)
    above = Project().resource(record(parent_id='q')).parents
    assert above == (Ref('keystone-domain', 'd'), Ref('keystone-project', 'q'))


@pytest.mark.parametrize('handler', [Project(), Domain()])
def test_a_project_or_a_domain_goes_only_when_it_is_meant(handler: Handler) -> None:
    assert handler.selected_by == frozenset({'named', 'prefix', 'not-in-baseline'})


def test_a_project_that_is_immutable_says_why_it_stays() -> None:
    assert 'immutable' in Project().resource(record(options={'immutable': True})).protection


def test_a_project_for_the_users_of_a_stack_is_heats_own() -> None:
    assert Project().resource(record(description='Heat stack user project')).is_system


def test_a_domain_takes_its_users_along() -> None:
    cloud = FakeCloud()
    keystone(cloud, 2)
    domain = Domain().look(cloud, Ref('keystone-domain', 'domain-1'))
    assert domain
    assert list(Domain().parts(cloud, domain)) == [Part('OS::Keystone::User', 'user-1')]


def test_a_domain_is_disabled_first_and_only_when_it_is_enabled() -> None:
    cloud = FakeCloud()
    keystone(cloud, 1)
    cloud.allow_changes()
    (domain,) = Domain().discover(cloud)
    assert [step.name for step in Domain().ladder(domain)] == ['disable', 'delete']
    Domain().disable(cloud, domain)
    (domain,) = Domain().discover(cloud)
    assert [step.name for step in Domain().ladder(domain)] == ['delete']


@pytest.mark.parametrize('step', [0, 1])
def test_a_domain_with_a_project_in_it_is_neither_disabled_nor_deleted(step: int) -> None:
    cloud = FakeCloud(projects=[model.Project('late', 'late', 'domain-0')])
    keystone(cloud, 1)
    cloud.allow_changes()
    (domain,) = Domain().discover(cloud)
    with pytest.raises(errors.Conflict, match='still has the project late'):
        Domain().ladder(domain)[step].run(cloud, domain)
    assert {'PATCH', 'DELETE'}.isdisjoint(each.method for each in cloud.requests)


def test_the_default_domain_stays() -> None:
    assert Domain().resource({'id': 'default', 'name': 'Default', 'enabled': True, 'tags': []}).is_system
