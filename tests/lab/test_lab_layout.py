"""Where a lab keeps what, and what lab.json tells."""

from lab.layout import DATABASES, Lab
from lab.ports import PORTS


def test_offset_moves_every_port(paper_lab: Lab) -> None:
    assert paper_lab.description()['ports'] == {name: port + 1000 for name, port in PORTS.items()}


def test_endpoints_are_on_loopback_and_carry_their_paths(paper_lab: Lab) -> None:
    assert paper_lab.endpoint('keystone') == 'http://127.0.0.1:16000/v3'
    assert paper_lab.endpoint('neutron') == 'http://127.0.0.1:20696'


def test_every_database_has_its_url(paper_lab: Lab) -> None:
    urls = paper_lab.description()['database']['urls']
    assert set(urls) == set(DATABASES)
    assert urls['cinder'] == 'mysql+pymysql://lab:secret@127.0.0.1:14306/cinder?charset=utf8'


def test_everything_is_inside_the_folder(paper_lab: Lab) -> None:
    places = (paper_lab.clouds_yaml, paper_lab.socket, paper_lab.faults_off, paper_lab.baseline)
    assert all(place.is_relative_to(paper_lab.root) for place in places)
