"""What was not read keeps what it may be about, and nothing else."""

import pytest

from orphancleanup.judging import links
from orphancleanup.judging.unknowns import Unknowns
from orphancleanup.model import Inventory, Ref, Resource, Scope, Unread
from tests.unit.inventories import inventory, thing

GROUP, BOX, LOST = Ref('group', 'g'), Ref('box', 'b'), Ref('bit', 'lost')
#: a project is in itself
PLOT = thing('p', 'plot', project_id='p')
#: bits go before things, things before boxes
BEFORE = {
    'bit': frozenset[str](),
    'thing': frozenset({'bit'}),
    'box': frozenset({'bit', 'thing'}),
    'plot': frozenset({'bit', 'thing', 'box'}),
}


def keeps(resource: Resource, found: Inventory) -> list[tuple[str, str]]:
    unknowns = Unknowns(found, links.link(found), BEFORE.__getitem__)
    return [(guard.code, guard.text) for guard in unknowns.guards(resource)]


def unread(*scopes: Scope) -> tuple[Unread, ...]:
    return tuple(Unread(scope, 'HTTP 500') for scope in scopes)


@pytest.mark.parametrize(
    ('owner_in', 'kept'),
    [
        ('alpha', {'alpha', ''}),
        ('beta', {'beta', ''}),
        ('', {'alpha', 'beta', ''}),
    ],
)
def test_an_owner_whose_parts_are_not_known_keeps_what_is_in_its_project_or_in_none(
    owner_in: str, kept: set[str]
) -> None:
    """A flavor is in no project, and may be a part of a stack of any."""
    found = inventory(unread=unread(Scope('box', owner_in, BOX)))
    for project in ('alpha', 'beta', ''):
        guards = keeps(thing('t', project_id=project), found)
        may_be = ('owner-unknown', 'what box:b holds could not be read, and this may be a part of it')
        assert guards == ([may_be] if project in kept else [])


def test_a_project_may_be_a_part_of_an_owner_in_another_one() -> None:
    found = inventory(PLOT, unread=unread(Scope('box', 'alpha', BOX)), project_kinds=frozenset({'plot'}))
    assert 'owner-unknown' in {code for code, _ in keeps(PLOT, found)}


@pytest.mark.parametrize('project', ['alpha', ''])
def test_what_is_known_to_be_a_part_is_kept_by_unread_owners_of_other_kinds_only(project: str) -> None:
    other = thing('other', 'box', project_id='beta', holds=(Ref('thing', 'held'),))
    held, free = (thing(name, project_id=project) for name in ('held', 'free'))
    found = inventory(other, held, free, unread=unread(Scope('box', 'alpha', BOX)))
    assert keeps(held, found) == []
    assert [code for code, _ in keeps(free, found)] == ['owner-unknown']
    both = inventory(other, held, unread=unread(Scope('box', 'alpha', BOX), Scope('group', 'alpha', GROUP)))
    assert [text.split(' could')[0] for _, text in keeps(held, both)] == ['what group:g holds']


def test_an_owner_whose_parts_are_not_known_stays_and_of_two_failures_one_is_told() -> None:
    box = thing('b', 'box')
    found = inventory(box, unread=unread(Scope('box', 'alpha', BOX), Scope('box', 'alpha', Ref('box', 'c'))))
    assert [code for code, _ in keeps(box, found)] == ['parts-unknown', 'owner-unknown']
    assert keeps(box, found)[0][1] == 'what box:b holds could not be read'
    assert keeps(box, found)[1][1].startswith('what box:b holds')


@pytest.mark.parametrize(
    ('kind', 'project', 'kept_by'),
    [
        ('bit', 'alpha', 'bit of project alpha'),
        ('bit', 'beta', None),
        ('bit', '', 'bit of project alpha'),
        ('box', 'alpha', 'bit of project alpha'),
        ('box', 'beta', 'thing of project beta'),
        ('thing', 'beta', 'thing of project beta'),
        ('thing', 'ghost', None),
    ],
)
def test_a_project_that_was_not_listed_keeps_what_is_or_may_be_in_it(
    kind: str, project: str, kept_by: str | None
) -> None:
    found = inventory(unread=unread(Scope('bit', 'alpha'), Scope('thing', 'beta'), Scope('box', 'other')))
    guards = keeps(thing('one', kind, project_id=project), found)
    assert guards == ([('unread', f'{kept_by} could not be read')] if kept_by else [])


@pytest.mark.parametrize(('kind', 'is_kept'), [('bit', False), ('thing', True), ('box', True)])
def test_a_kind_that_was_not_listed_keeps_itself_and_what_goes_after_it(kind: str, is_kept: bool) -> None:
    found = inventory(unread=unread(Scope('thing'), Scope('thing')))
    assert keeps(thing('one', kind), found) == ([('unread', 'thing could not be read')] if is_kept else [])


def test_what_is_named_and_not_known_keeps_and_what_is_gone_does_not() -> None:
    user = thing('one', blockers=(LOST, Ref('bit', 'gone'), Ref('gizmo', 'g')))
    assert keeps(user, inventory(user, uncertain={LOST: 'HTTP 504'})) == [
        ('in-use-unknown', 'whether bit:lost, which needs it, still exists could not be read'),
        ('unknown-kind', 'gizmo:g, which needs it, is of a kind that no installed handler knows'),
    ]


MAY_BE_IN_IT = 'and something of it may be in it'


@pytest.mark.parametrize(
    ('fields', 'guards'),
    [
        ({}, []),
        ({'unread': unread(Scope('thing', 'q'))}, []),
        (
            {'unread': unread(Scope('thing', 'p'))},
            [
                ('contents-unknown', f'thing of project p could not be read, {MAY_BE_IN_IT}'),
                ('unread', 'thing of project p could not be read'),
            ],
        ),
        (
            {'unread': unread(Scope('gizmo'))},
            [('contents-unknown', f'gizmo could not be read, {MAY_BE_IN_IT}')],
        ),
        (
            {'uncertain': {LOST: 'HTTP 504'}},
            [
                (
                    'contents-unknown',
                    'whether bit:lost, which may be in it, still exists could not be read',
                )
            ],
        ),
        (
            {'listed': frozenset({'bit', 'thing', 'box'})},
            [('unknown-kind', f'plot was not read, {MAY_BE_IN_IT}')],
        ),
        (
            {'listed': frozenset({'plot', 'thing'}), 'absent': {'box': 'it has no service'}},
            [('unknown-kind', f'bit was not read, {MAY_BE_IN_IT}')],
        ),
    ],
)
def test_a_project_stays_while_anything_that_was_not_read_may_be_in_it(
    fields: dict[str, object], guards: list[tuple[str, str]]
) -> None:
    known = {'listed': frozenset(BEFORE), 'project_kinds': frozenset({'plot'}), **fields}
    assert keeps(PLOT, inventory(PLOT, **known)) == guards
    assert not [each for each in keeps(thing('b', 'bit'), inventory(PLOT, **known)) if 'in it' in each[1]]
