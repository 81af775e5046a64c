import pytest

from orphancleanup.cli import projects
from orphancleanup.errors import UsageError
from orphancleanup.model import Project

DEAD = 'd' * 32
PROJECTS = {
    project.id: project
    for project in (
        Project('a' * 32, 'demo', 'default'),
        Project('b' * 32, 'twice', 'default'),
        Project('c' * 32, 'twice', 'other'),
        Project('e' * 32, DEAD, 'default'),
    )
}


def test_a_project_is_named_by_name_or_id():
    assert projects.resolve(['demo', 'b' * 32], lambda: PROJECTS) == {'a' * 32, 'b' * 32}


def test_a_dead_project_is_named_by_its_id_even_when_somebody_took_it_for_a_name():
    assert projects.resolve([DEAD], lambda: PROJECTS) == {DEAD}


def test_ids_need_no_list_of_projects():
    assert projects.resolve([DEAD, 'a' * 32], lambda: pytest.fail('asked')) == {DEAD, 'a' * 32}


@pytest.mark.parametrize(
    ('word', 'sentence'),
    [
        (
            'twice',
            r'2 projects have this name; name one by its id: b+ \(domain default\), c+ \(domain other\)',
        ),
        ('dem', "no project has this name or id. Did you mean 'demo'"),
        ('D' * 32, 'no project has this name or id'),
    ],
)
def test_what_names_no_single_project_is_refused(word, sentence):
    with pytest.raises(UsageError, match=sentence):
        projects.resolve([word], lambda: PROJECTS)
