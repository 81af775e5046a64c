"""A listing is the whole, or an error."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.api import Query
from orphancleanup.clouds import paging
from orphancleanup.clouds.paging import Listing, follow
from orphancleanup.errors import (
    BadRequest,
    Forbidden,
    IncompleteListing,
    ListingMoved,
    NotFound,
    ReadOnlyViolation,
    Unreachable,
)


def listed(*documents: Any, past_end: bool = False, **query: Any) -> tuple[list[str], list[Query]]:
    """Follow a listing whose pages are given; return the ids and the queries."""
    asked: list[Query] = []

    def fetch(query: Query) -> Any:
        asked.append(query)
        document = documents[len(asked) - 1]
        if isinstance(document, Exception):
            raise document
        return document

    items = list(follow(Listing('block-storage /volumes', 'volumes', fetch, query, past_end)))
    assert len(asked) == len(documents)
    return [item['id'] for item in items], asked


def page(*ids: str, **more: Any) -> dict[str, Any]:
    return {'volumes': [{'id': each} for each in ids], **more}


def linked(*ids: str, href: str, **more: Any) -> dict[str, Any]:
    return page(*ids, volumes_links=[{'rel': 'next', 'href': href}], **more)


def test_links_are_followed_by_their_query_whatever_their_host() -> None:
    found, asked = listed(
        linked('a', 'b', href='http://internal:8776/v3/volumes?marker=b&limit=2'), page('c'), all_tenants=1
    )
    assert found == ['a', 'b', 'c']
    assert asked == [{'all_tenants': 1}, {'all_tenants': 1, 'marker': 'b', 'limit': '2'}]


@pytest.mark.parametrize(
    'more',
    [{'links': {'next': '/v3/volumes?marker=a'}}, {'next': '/v2/volumes?marker=a'},
     {'links': [{'rel': 'self', 'href': 'x'}, {'rel': 'next', 'href': '?marker=a'}]}],
)  # fmt: skip
def test_every_way_to_announce_a_next_page_is_understood(more: dict[str, Any]) -> None:
    assert listed(page('a', **more), page('b', links={'next': None}))[0] == ['a', 'b']


def test_a_filter_that_is_given_more_than_once_is_kept_whole() -> None:
    link = {'next': 'http://neutron/v2.0/ports?device_id=a&device_id=b&marker=1'}
    found, queries = listed(page('1', links=link), page('2', links={'next': None}), device_id=['a', 'b'])
    assert found == ['1', '2']
    assert queries[1] == {'device_id': ['a', 'b'], 'marker': '1'}


def test_without_links_markers_lead_on_until_a_short_page() -> None:
    found, asked = listed(page('a', 'b'), page('c'), limit=2)
    assert found == ['a', 'b', 'c']
    assert asked[1] == {'limit': 2, 'marker': 'b'}
    assert listed(page('a', 'b', 'c'), page('d'), limit=3)[1][1] == {'limit': 3, 'marker': 'c'}


def test_without_links_and_limit_there_is_one_page() -> None:
    assert listed(page('a', 'b'))[0] == ['a', 'b']


def test_empty_links_end_the_listing_although_the_page_is_full() -> None:
    assert listed(page('a', 'b', volumes_links=[]), limit=2)[0] == ['a', 'b']


def test_an_item_that_moved_to_the_next_page_comes_once() -> None:
    assert listed(linked('a', 'b', href='?marker=b'), page('b', 'c'))[0] == ['a', 'b', 'c']


def test_a_page_that_fails_is_named_with_its_cause() -> None:
    with pytest.raises(IncompleteListing, match=r'Page 2 of block-storage /volumes .*gone silent'):
        listed(linked('a', href='?marker=a'), Unreachable('gone silent'))
    with pytest.raises(IncompleteListing, match='HTTP 403') as caught:
        listed(Forbidden(403, 'no'))
    assert isinstance(caught.value.__cause__, Forbidden)


def test_a_defect_is_not_disguised_as_a_failing_page() -> None:
    with pytest.raises(ReadOnlyViolation):
        listed(ReadOnlyViolation('no'))


@pytest.mark.parametrize(
    'document', [{}, {'volumes': None}, {'volumes': {}}, {'volumes': ['a']}, [], None, 'x']
)
def test_a_document_without_the_list_is_not_empty(document: Any) -> None:
    told = "Page 2 of block-storage /volumes (has no list 'volumes': it tells nothing|is not a JSON object)"
    with pytest.raises(IncompleteListing, match=told):
        listed(linked('a', href='?marker=a'), document)


def test_a_page_that_comes_again_ends_the_listing_as_incomplete() -> None:
    with pytest.raises(IncompleteListing, match='volumes after page 2 goes round in a circle'):
        listed(linked('a', href='?marker=a'), linked('b', href='?marker=a'))
    with pytest.raises(IncompleteListing, match='circle'):
        listed(page('a', 'b'), page('a', 'b'), limit=2)


def test_a_listing_that_was_cut_off_is_incomplete() -> None:
    with pytest.raises(IncompleteListing, match='cut off'):
        listed(page('a', truncated=True))


def test_a_keystone_page_that_is_truncated_and_linked_is_a_page_like_any_other() -> None:
    first = page('a', truncated=True, links={'next': 'http://keystone/v3/volumes?marker=a&limit=1'})
    assert listed(first, page('b', links={'next': None}))[0] == ['a', 'b']
    assert listed(linked('a', href='?marker=a', truncated=True), page('b'))[0] == ['a', 'b']
    with pytest.raises(IncompleteListing, match='cut off'):
        listed(first, page('b', truncated=True, links={'next': None}))


def test_a_keystone_that_links_a_cut_list_to_itself_is_told_to_raise_its_limit() -> None:
    link = {'next': 'http://keystone/v3/roles?marker=a&limit=1'}
    with pytest.raises(
        IncompleteListing, match='cut off by the service, which links to the same page again; raise'
    ):
        listed(page('a', truncated=True, links=link), page('a', truncated=True, links=link))


def test_a_removal_between_pages_loses_nothing_when_pages_begin_after_a_marker() -> None:
    found, _ = listed(
        linked('a', 'b', href='?marker=b', count=5), linked('c', href='?marker=c', count=4), page('d', count=3),
        with_count='true',
    )  # fmt: skip
    assert found == ['a', 'b', 'c', 'd']


def test_a_removal_between_pages_makes_it_incomplete_when_pages_are_found_by_position() -> None:
    with pytest.raises(ListingMoved, match='shrank from 3 to 2'):
        listed(linked('a', 'b', href='?offset=2', count=3), page(count=2), with_count='true')
    by_position = (
        linked('a', 'b', href='?offset=2', count=5), linked('d', 'e', href='?offset=4', count=4), page('f', count=5),
    )  # fmt: skip
    with pytest.raises(ListingMoved, match='shrank from 5 to 4'):
        listed(*by_position, with_count='true')


def test_pages_that_are_found_by_position_are_the_whole_while_nothing_goes() -> None:
    by_position = linked('a', 'b', href='?offset=2', count=3), page('c', count=3)
    assert listed(*by_position, with_count='true')[0] == ['a', 'b', 'c']


def test_a_marker_that_is_gone_means_reading_again() -> None:
    for error in (NotFound(404, 'no such volume'), BadRequest(400, 'marker [a] not found')):
        with pytest.raises(ListingMoved, match='Page 2'):
            listed(linked('a', href='?marker=a'), error)
        with pytest.raises(IncompleteListing) as caught:
            listed(error)
        assert not isinstance(caught.value, ListingMoved)


def test_fewer_items_than_the_lowest_count_are_looked_for_past_the_end_and_at_the_front() -> None:
    found, asked = listed(page('a', 'b', count=3), page('c', count=3), page(count=3), with_count='true')
    assert found == ['a', 'b', 'c'], 'the listing was cut at its end'
    assert [query.get('marker') for query in asked] == [None, 'b', 'c']
    found, asked = listed(
        page('a', 'b', count=3), page(count=3), page('new', 'a', 'b', count=3), with_count='true'
    )
    assert found == ['a', 'b', 'new'], 'something was made between the items and the count'
    assert [query.get('marker') for query in asked] == [None, 'b', None]


def test_fewer_items_than_the_lowest_count_are_incomplete_in_the_end() -> None:
    again = page('a', 'b', count=3)
    with pytest.raises(ListingMoved, match='gave 2 of 3 items; it was cut'):
        listed(again, page(count=3), again, with_count='true')
    with pytest.raises(ListingMoved, match='gave 0 of 7'):
        listed(page(count=7), page(count=7), with_count='true')
    assert listed(again, page(count=2), with_count='true')[0] == ['a', 'b'], 'one went meanwhile'


def test_more_items_than_the_lowest_count_are_accepted() -> None:
    assert listed(linked('a', href='?marker=a', count=2), page('c', count=3), with_count='true')[0] == [
        'a',
        'c',
    ]


def test_a_listing_is_asked_past_its_end_until_nothing_comes() -> None:
    found, asked = listed(
        page('a', 'b'), linked('c', href='?marker=c&x=1'), page('d'), page(), past_end=True, all_tenants=1
    )
    assert found == ['a', 'b', 'c', 'd']
    assert asked == [
        {'all_tenants': 1},
        {'all_tenants': 1, 'marker': 'b'},
        {'all_tenants': 1, 'marker': 'c', 'x': '1'},
        {'all_tenants': 1, 'marker': 'd'},
    ]


def test_a_short_page_does_not_end_a_listing_that_is_asked_past_its_end() -> None:
    found, asked = listed(page('a', 'b'), page('c'), page('d'), page(), past_end=True, limit=2)
    assert found == ['a', 'b', 'c', 'd']
    assert [query.get('marker') for query in asked] == [None, 'b', 'c', 'd']


def test_a_service_that_knows_no_marker_ends_the_listing_with_its_page() -> None:
    same = page('a', 'b')
    assert listed(same, same, past_end=True)[0] == ['a', 'b']
    assert listed(same, page('new', 'a', 'b'), past_end=True)[0] == ['a', 'b', 'new']
    assert listed(same, page('b', 'a'), past_end=True)[0] == ['a', 'b'], 'in another order'


def test_nothing_and_what_has_no_id_cannot_be_asked_past() -> None:
    assert listed(page(), past_end=True)[0] == []
    nameless = {'volumes': [{'name': 'x'}]}
    assert len(list(follow(Listing('x', 'volumes', lambda _: nameless, {}, past_end=True)))) == 1


def test_an_empty_page_after_the_last_marker_is_not_asked_for_twice() -> None:
    assert listed(linked('a', 'b', href='?marker=b'), page(), past_end=True)[0] == ['a', 'b']


def test_when_the_last_item_went_meanwhile_an_earlier_one_is_asked_past() -> None:
    gone = NotFound(404, 'no such volume')
    found, asked = listed(page('a', 'b', 'c'), gone, page('c2'), page(), past_end=True)
    assert found == ['a', 'b', 'c', 'c2']
    assert [query.get('marker') for query in asked] == [None, 'c', 'b', 'c2']
    with pytest.raises(ListingMoved):
        listed(page('a', 'b', 'c'), gone, gone, gone, past_end=True)


def test_when_all_that_could_be_asked_past_went_meanwhile_it_is_read_again() -> None:
    """What is asked past comes again, with something new that goes at once: what came after that is not known."""
    with pytest.raises(ListingMoved):
        listed(page('a'), page('a', 'b'), NotFound(404, 'no such volume'), past_end=True)


def test_what_came_as_its_highest_count_said_is_not_asked_past_its_end() -> None:
    for pages in ((page('a', 'b', count=2),), (linked('a', href='?marker=a', count=1), page('b', count=2))):
        assert listed(*pages, past_end=True, with_count='true')[0] == ['a', 'b']
    pages = page('a', 'b', count=3), page(count=2)
    assert listed(*pages, past_end=True, with_count='true')[0] == ['a', 'b'], 'one went meanwhile'


def test_a_page_past_the_end_that_fails_makes_it_incomplete() -> None:
    for failure in (Unreachable('gone silent'), Forbidden(403, 'no'), {}):
        with pytest.raises(IncompleteListing):
            listed(page('a'), failure, past_end=True)


@given(
    there=st.integers(0, 12),
    size=st.integers(1, 5),
    gone=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 11)), max_size=4),
    cut=st.one_of(st.none(), st.integers(1, 3)),
    counts=st.booleans(),
)
def test_what_stays_is_never_missed(
    there: int, size: int, gone: list[tuple[int, int]], cut: int | None, counts: bool
) -> None:
    """Whatever goes meanwhile, and wherever pages are cut: all that stays comes, or the listing is refused."""
    rows = list(range(there))
    asked = 0

    def fetch(query: Query) -> Any:
        nonlocal asked
        for when, row in gone:
            if when == asked and row in rows:
                rows.remove(row)
        asked += 1
        after = int(query.get('marker', -1))
        if after >= 0 and after not in rows:
            raise NotFound(404, 'no such marker')
        rest = [row for row in rows if row > after]
        shown = rest[:size][:cut]
        link = [{'rel': 'next', 'href': f'?marker={shown[-1]}'}] if cut is None and len(rest) > size else []
        return {'volumes': [{'id': str(each)} for each in shown], 'volumes_links': link, 'count': len(rows)}

    query = {'with_count': 'true'} if counts else {}
    try:
        found = {int(item['id']) for item in follow(Listing('x', 'volumes', fetch, query, past_end=True))}
    except ListingMoved:
        assert gone
    else:
        assert found >= set(rows)


def test_a_count_that_was_not_asked_for_means_nothing() -> None:
    assert listed(page('a', count=7))[0] == ['a']


def test_pages_of_items_without_ids_cannot_be_followed() -> None:
    with pytest.raises(IncompleteListing, match='no id'):
        listed({'volumes': [{'name': 'a'}]}, limit=1)
    assert (
        len(list(follow(Listing('x', 'volumes', lambda _: {'volumes': [{'name': 'a'}, {'name': 'a'}]})))) == 2
    )


def _endless(fresh: bool) -> tuple[list[Query], Listing]:
    """Return a listing in which each page links to another one, with something new in it or not."""
    asked: list[Query] = []

    def fetch(query: Query) -> Any:
        asked.append(query)
        number = len(asked)
        return linked(f'v{number if fresh else 1}', href=f'?marker=m{number}')

    return asked, Listing('image /images', 'volumes', fetch)


def test_pages_without_anything_new_come_to_an_end() -> None:
    asked, listing = _endless(fresh=False)
    with pytest.raises(
        IncompleteListing, match='image /images comes to no end: 20 pages one after the other'
    ):
        list(follow(listing))
    assert len(asked) == paging.MOST_EMPTY + 1


def test_pages_with_something_new_in_each_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, 'MOST_PAGES', 50)
    asked, listing = _endless(fresh=True)
    with pytest.raises(IncompleteListing, match='it has more than 50 pages'):
        list(follow(listing))
    assert len(asked) == 50


def test_what_comes_after_the_last_item_for_ever_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, 'MOST_PAGES', 50)
    asked: list[Query] = []

    def fetch(query: Query) -> Any:
        asked.append(query)
        return page(f'v{len(asked)}')

    with pytest.raises(IncompleteListing, match='comes to no end'):
        list(follow(Listing('x', 'volumes', fetch, past_end=True)))
    assert len(asked) == 50


def test_a_few_empty_pages_are_no_reason_to_give_up() -> None:
    empty = [linked(href=f'?marker={number}') for number in range(paging.MOST_EMPTY - 1)]
    assert listed(linked('a', href='?marker=x'), *empty, page('b'))[0] == ['a', 'b']
