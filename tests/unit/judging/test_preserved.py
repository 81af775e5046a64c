import dataclasses

import pytest

from orphancleanup.judging.preserved import Preservation, Preserved
from orphancleanup.judging.selection import Protection, Recorded, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Project, Ref
from tests.unit.inventories import ALPHA, codes, inventory, judge, thing

OPTION = '[compute] image_ref of tempest.conf'


def request(*found: Preserved) -> Request:
    return Request(Selection(everything=True), protection=Protection(preservation=Preservation.of(found)))


def kept(*found: Preserved, **fields: object) -> dict[str, str]:
    resources = (
        thing('image', name='cirros'),
        thing('part', 'bit', parents=(Ref('thing', 'image'),)),
        thing('owned', 'bit', parents=(Ref('thing', 'image'),), owners=(Ref('box', 'other'),)),
        thing('other', 'box', project_id='beta'),
    )
    projects = {'alpha': ALPHA, 'beta': Project('beta', 'admin')}
    verdicts = judge(inventory(*resources, projects=projects, **fields), request(*found))
    return {
        name: guard.text
        for name, verdict in verdicts.items()
        for guard in verdict.guards
        if guard.code == 'in-tempest-conf'
    }


def test_what_an_option_names_by_its_id_or_its_name_is_kept_and_the_option_is_told() -> None:
    assert kept(Preserved('thing', 'image', OPTION)) == {'image': f'{OPTION} names it'}
    assert kept(Preserved('thing', 'cirros', OPTION)) == {'image': f'{OPTION} names it'}
    assert kept(Preserved('box', 'image', OPTION)) == {}


def test_what_depends_on_it_is_kept_along_unless_it_is_a_part_of_something_else() -> None:
    along = Preserved('thing', 'image', OPTION, along=frozenset({'bit'}))
    assert kept(along) == {
        'image': f'{OPTION} names it',
        'part': f'it belongs to thing:image, which {OPTION} names',
    }


def test_parts_of_what_is_named_are_kept_along() -> None:
    assert 'owned' in kept(Preserved('box', 'other', OPTION, along=frozenset({'bit'})))


@pytest.mark.parametrize('words', [('image', 'cirros'), ('cirros', 'image'), ('image', 'image')])
def test_of_two_options_that_name_it_each_keeps_along_what_it_says(words: tuple[str, str]) -> None:
    account, option = (Preserved('thing', word, source) for word, source in zip(words, 'ab', strict=True))
    along = dataclasses.replace(option, along=frozenset({'bit'}))
    assert kept(account, along)['part'] == 'it belongs to thing:image, which b names'
    assert kept(along, account)['part'] == 'it belongs to thing:image, which b names'
    first = 'a' if words[0] == 'image' else 'b'
    assert kept(account, along)['image'] == f'{first} names it'


def test_nothing_but_the_kinds_that_the_option_names_is_kept_along() -> None:
    along = Preserved('thing', 'image', OPTION, along=frozenset({'box'}), inside=frozenset({'bit'}))
    assert kept(along) == {'image': f'{OPTION} names it'}


def test_what_is_in_a_project_is_kept_when_the_option_says_so_only() -> None:
    source = '[auth] admin_project_name of tempest.conf'
    named = Preserved('keystone-project', 'admin', source, inside=frozenset({'box'}))
    assert kept(named) == {'other': f'it is in project admin, which {source} names'}
    assert kept(dataclasses.replace(named, word='beta')) == kept(named)
    other = dataclasses.replace(named, word='alpha', source='[heat_plugin] project_name of tempest.conf')
    assert kept(named, other) == kept(other, named) == kept(named)
    assert kept(dataclasses.replace(named, word='other')) == {}
    assert kept(Preserved('keystone-project', 'admin', source)) == {}
    assert kept(dataclasses.replace(named, inside=frozenset({'gizmo'}))) == {}


def test_in_a_project_that_nobody_has_seen_nothing_is_kept_for_its_name() -> None:
    named = Preserved('keystone-project', '', OPTION, inside=frozenset({'thing'}))
    verdicts = judge(
        inventory(thing('nobodys', project_id=''), thing('dead', project_id='ghost')), request(named)
    )
    assert [codes(verdict)[1] for verdict in verdicts.values()] == [set(), set()]


def test_without_an_inventory_of_the_owner_nothing_is_concluded() -> None:
    along = Preserved('thing', 'image', OPTION, along=frozenset({'bit'}))
    verdicts = judge(inventory(thing('part', 'bit', parents=(Ref('thing', 'gone'),))), request(along))
    assert 'in-tempest-conf' not in codes(verdicts['part'])[1]


def test_what_is_recorded_is_selected_and_nothing_else() -> None:
    recorded = Recorded(frozenset({Ref('thing', 'mine'), Ref('thing', 'gone')}))
    found = inventory(thing('mine'), thing('theirs'))
    verdicts = judge(found, Request(Selection(recorded=recorded)))
    assert [name for name, each in verdicts.items() if each.decision is Decision.REMOVE] == ['mine']
    assert codes(verdicts['mine'])[0] == {'named'}


def test_an_empty_record_selects_nothing_and_is_a_selection_all_the_same() -> None:
    assert not Selection(recorded=Recorded()).is_empty
