"""What a lab has besides, when it was asked for."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab import cli, configuration, environment, health, layout, services
from lab.errors import LabError
from lab.inside import extras, sahara_account
from lab.layout import Lab
from lab.ports import EXTRAS, PORTS
from lab.scenarios import contrail, sahara


def test_every_extra_has_a_service_a_type_and_a_port_of_its_own() -> None:
    assert {each.name for each in services.EXTRAS} == EXTRAS.keys() == extras.TYPES.keys()
    assert not set(EXTRAS.values()) & set(PORTS.values())
    inside = Path(cli.__file__).parent / 'inside'
    assert all((inside / f'{each.module}.py').exists() for each in services.EXTRAS)


def test_a_lab_remembers_what_it_has_besides(tmp_path: Path) -> None:
    lab = layout.with_extras(layout.create(tmp_path, 1000), ('contrail',))
    assert layout.load(tmp_path) == lab
    assert json.loads((tmp_path / 'lab.json').read_text())['urls']['contrail'] == 'http://127.0.0.1:19082'
    assert layout.with_extras(lab, ()) == lab


def test_without_being_asked_a_lab_has_nothing_besides(paper_lab: Lab) -> None:
    assert paper_lab.names == tuple(PORTS)
    assert services.extras(paper_lab) == ()


def test_what_there_is_besides_has_a_row(tmp_path: Path) -> None:
    lab = layout.with_extras(layout.create(tmp_path, 1000), ('contrail',))
    assert [row.service for row in health.rows(lab)] == [*PORTS, 'contrail']


def test_the_scenario_wants_a_lab_with_contrail(paper_lab: Lab) -> None:
    class Seeder:
        lab = paper_lab

    with pytest.raises(LabError, match='up --with contrail'):
        contrail.make(Seeder(), None)  # type: ignore[arg-type]


def test_the_scenario_wants_a_lab_with_sahara(paper_lab: Lab) -> None:
    class Seeder:
        lab = paper_lab

    with pytest.raises(LabError, match='up --with sahara'):
        sahara.make(Seeder(), None)  # type: ignore[arg-type]


def test_a_lab_that_is_without_something_again_remembers_it(tmp_path: Path) -> None:
    lab = layout.with_extras(layout.create(tmp_path, 1000), ('contrail', 'sahara'))
    assert layout.without_extra(lab, 'sahara').extras == ('contrail',)
    assert layout.load(tmp_path).extras == ('contrail',)


def test_sahara_runs_in_an_environment_of_its_own(tmp_path: Path) -> None:
    lab = layout.with_extras(layout.create(tmp_path, 1000), ('sahara',))
    (service,) = services.extras(lab)
    own = environment.location(environment.SAHARA)
    assert services.python(lab, service.packages)[0] == str(own / 'bin/python')
    assert services.python(lab)[0] == str(lab.environment / 'bin/python')
    assert own != lab.environment


def test_the_configuration_of_sahara_is_there_only_where_sahara_is(paper_lab: Lab) -> None:
    assert set(configuration.EXTRA_FILES) <= set(EXTRAS)
    _, render = configuration.EXTRA_FILES['sahara']
    told = render(paper_lab)
    assert told['DEFAULT']['remote'] == 'lab'
    assert told['DEFAULT']['port'] == paper_lab.port('sahara')
    assert 'sahara.remote' in configuration.ENTRY_POINTS


class Identity:
    """A catalogue."""

    def __init__(self, *types: str) -> None:
        self.types = list(types)

    def services(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(id=each, type=each) for each in self.types]

    def create_service(self, name: str, type: str) -> SimpleNamespace:
        self.types.append(type)
        return SimpleNamespace(id=type)

    def create_endpoint(self, **fields: object) -> None:
        """Accept it."""

    def delete_service(self, service: SimpleNamespace) -> None:
        self.types.remove(service.type)


def test_the_catalogue_has_what_the_lab_has_and_nothing_that_it_had(tmp_path: Path) -> None:
    lab = layout.with_extras(layout.create(tmp_path, 1000), ('sahara',))
    identity = Identity('identity', 'contrail')
    for _ in range(2):
        extras.settle(identity, lab)
        assert identity.types == ['identity', 'data-processing']
    extras.settle(identity, layout.without_extra(lab, 'sahara'))
    assert identity.types == ['identity']


class Accounts:
    """Keystone's users."""

    def __init__(self) -> None:
        self.users: dict[str, SimpleNamespace] = {}
        self.roles: list[str] = []

    def find_project(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(id=name)

    find_role = find_project

    def find_user(self, name: str) -> SimpleNamespace | None:
        return self.users.get(name)

    def create_user(self, name: str, **fields: object) -> SimpleNamespace:
        return self.users.setdefault(name, SimpleNamespace(id=name))

    def delete_user(self, user: SimpleNamespace) -> None:
        del self.users[user.id]

    def assign_project_role_to_user(self, project: object, user: object, role: SimpleNamespace) -> None:
        self.roles.append(role.id)


def test_a_lab_that_is_without_sahara_again_has_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    monkeypatch.setattr(sahara_account, '_run', lambda _, statement: statements.append(statement))
    lab, identity = layout.with_extras(layout.create(tmp_path, 1000), ('sahara',)), Accounts()
    sahara_account.settle(identity, lab)
    assert (list(identity.users), identity.roles) == (['sahara'], ['admin', 'service'])
    for _ in range(2):
        sahara_account.settle(identity, layout.without_extra(lab, 'sahara'))
        assert identity.users == {}
    assert statements == ['CREATE DATABASE IF NOT EXISTS sahara', *2 * ['DROP DATABASE IF EXISTS sahara']]
