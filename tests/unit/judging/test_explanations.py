"""All relations of a resource are told, from both ends."""

import pytest

from orphancleanup.judging import classify
from orphancleanup.judging.explanations import (
    Related,
    Relatives,
    holders,
    project_line,
    relations,
    why_unread,
)
from orphancleanup.judging.relations import End
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Inventory, Project, Ref, Resource, Scope, Unread
from tests.unit.inventories import NOW, REGISTRY, inventory, thing

EVERYTHING = Request(Selection(everything=True))


def told(resource: Resource, found: Inventory) -> list[tuple[str, str, End]]:
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    return [(each.words, each.ref.id, each.end) for each in relations(resource, found, verdicts)]


def some(kind: str, identifier: str) -> tuple[Ref, ...]:
    return (Ref(kind, identifier),)


def test_every_relation_is_told_from_both_ends_with_what_is_known_of_the_other() -> None:
    one = thing(
        'one',
        parents=some('box', 'gone'),
        blockers=some('thing', 'kept'),
        alters=some('gizmo', 'strange'),
        retains=some('bit', 'unread'),
    )
    kept = thing('kept', tags=frozenset({'orphancleanup:keep'}))
    child = thing('child', kind='bit', parents=some('thing', 'one'), project_id='one')
    uncertain = {Ref('bit', 'unread'): 'HTTP 504'}
    found = inventory(one, kept, child, uncertain=uncertain, project_kinds=frozenset({'thing'}))
    assert told(one, found) == [
        ('depends on', 'gone', End.GONE),
        ('is depended on by', 'child', End.GOES),
        ('is needed by', 'kept', End.STAYS),
        ('leaves behind', 'unread', End.UNREAD),
        ('changes', 'strange', End.UNKNOWN),
        ('contains', 'child', End.GOES),
    ]
    names = {each.ref.id: each.name for each in relations(one, found, ())}
    assert names == {'gone': '', 'child': 'child', 'kept': 'kept', 'unread': '', 'strange': ''}


def test_the_other_end_says_the_same_the_other_way_round() -> None:
    box = thing('box', kind='box', holds=some('thing', 'part'), retains=some('thing', 'left'))
    part = thing('part', owners=some('box', 'box'), blockers=some('bit', 'user'))
    left, user = thing('left'), thing('user', kind='bit', alters=some('thing', 'left'))
    found = inventory(box, part, left, user)
    assert [(words, other) for words, other, _ in told(part, found)] == [
        ('is needed by', 'user'),
        ('is a part of', 'box'),
    ]
    assert [(words, other) for words, other, _ in told(box, found)] == [
        ('owns', 'part'),
        ('leaves behind', 'left'),
    ]
    assert [(words, other) for words, other, _ in told(left, found)] == [
        ('is left behind by', 'box'),
        ('is changed by', 'user'),
    ]
    assert [(words, other) for words, other, _ in told(user, found)] == [
        ('needs', 'part'),
        ('changes', 'left'),
    ]


def test_a_project_and_what_is_in_it_know_of_each_other() -> None:
    home, inside = thing('home', name='the plot'), thing('inside', kind='bit', project_id='home')
    found = inventory(home, inside, project_kinds=frozenset({'thing'}))
    relatives = Relatives(found, ())
    assert relatives.of(home.ref) == (Related('contains', inside.ref, 'inside', End.STAYS),)
    assert relatives.of(inside.ref) == (Related('is in', home.ref, 'the plot', End.STAYS),)


def test_what_hangs_together_with_nothing_has_no_relations() -> None:
    assert told(thing('one'), inventory(thing('one'), thing('other'))) == []


@pytest.mark.parametrize(
    ('ref', 'why'),
    [
        (Ref('thing', 'asked'), 'HTTP 504'),
        (Ref('thing', 'other'), 'the listing was cut'),
        (Ref('box', 'one'), 'there is no such service'),
        (Ref('bit', 'one'), 'it could not be read'),
    ],
)
def test_what_is_not_known_to_be_there_says_why(ref: Ref, why: str) -> None:
    """First what was said of this very one, then what was said of its kind."""
    found = inventory(
        uncertain={Ref('thing', 'asked'): 'HTTP 504'},
        absent={'box': 'there is no such service'},
        unread=(
            Unread(Scope('thing', owner=Ref('thing', 'owner')), 'what it holds is hidden'),
            Unread(Scope('bit', ref=Ref('bit', 'two')), 'HTTP 500'),
            Unread(Scope('thing'), 'the listing was cut'),
        ),
    )
    assert why_unread(found, ref) == why


@pytest.mark.parametrize(
    ('project', 'known', 'line'),
    [
        ('', True, 'it belongs to no project'),
        ('alpha', True, 'alpha (alpha)'),
        ('off', True, 'the plot (off), disabled'),
        ('ghost', True, 'missing: no project has the id ghost'),
        (
            'ghost',
            False,
            'whether project ghost exists is not known: the list of projects could not be read',
        ),
    ],
)
def test_a_project_is_told_by_name_and_whether_it_is_there(project: str, known: bool, line: str) -> None:
    projects = {'alpha': Project('alpha', 'alpha'), 'off': Project('off', 'the plot', is_enabled=False)}
    found = inventory(projects=projects, known_projects=known)
    assert project_line(thing('one', project_id=project), found) == line


def test_what_holds_something_is_its_owners_and_what_must_go_before_it() -> None:
    one = thing('one', owners=some('box', 'box'), blockers=(*some('bit', 'user'), *some('bit', 'lost')))
    box, user = thing('box', kind='box'), thing('user', kind='bit')
    found = inventory(one, thing('child', kind='bit', parents=(one.ref,)), box, user, thing('other'))
    assert [each.id for each in holders(one, found)] == ['child', 'user', 'box']
    assert holders(thing('other'), found) == ()
