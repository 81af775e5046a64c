"""A kind can go after every other without knowing one, and another one after that."""

from orphancleanup.discovery import discover
from orphancleanup.installed.registry import build
from tests.unit.installed.test_registry import loaded


def test_a_star_stands_for_every_kind_that_is_not_last_itself() -> None:
    found = build([loaded('project', '*'), loaded('role', '*'), loaded('a'), loaded('z', 'a')])
    assert found.before('project') == found.before('role') == {'a', 'z'}
    assert found.order == ('a', 'z', 'project', 'role')
    assert found.last == {'project', 'role'}


def test_what_goes_after_a_last_kind_is_no_error_and_goes_after_all() -> None:
    found = build(
        [loaded('domain', 'project'), loaded('project', '*'), loaded('volume', 'server'), loaded('server')]
    )
    assert found.order == ('server', 'volume', 'project', 'domain')
    assert found.before('domain') == {'server', 'volume', 'project'}
    assert found.before('project') == {'server', 'volume'}
    assert found.last == {'project', 'domain'}


def test_one_last_kind_can_be_named_by_another() -> None:
    found = build([loaded('role', '*', 'project'), loaded('project', '*')])
    assert found.order == ('project', 'role')


def test_what_is_a_project_is_last_whether_it_says_so_or_not() -> None:
    found = build([loaded('project', contains_projects=True), loaded('volume')])
    assert found.before('project') == {'volume'}
    assert found.project_kinds == {'project'}


def test_for_a_last_kind_everything_is_read() -> None:
    found = build([loaded('domain', 'project'), loaded('project', '*'), loaded('a'), loaded('b')])
    assert discover.needed(found, ['project']) == frozenset(found.order)
    assert discover.needed(found, ['domain']) == frozenset(found.order)
    home = build(
        [
            loaded('domain', 'project'),
            loaded('project', contains_projects=True),
            loaded('a'),
            loaded('role', '*'),
        ]
    )
    assert discover.needed(home, ['project']) == frozenset(home.order)
