"""What a lab has besides, when it was asked for."""

import json
from pathlib import Path

import pytest

from lab import cli, health, layout, services
from lab.errors import LabError
from lab.inside import extras
from lab.layout import Lab
from lab.ports import EXTRAS, PORTS
from lab.scenarios import contrail


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
