"""A listing is the whole, or an error."""

from typing import Any

import pytest

from orphancleanup.api import Query
from orphancleanup.errors import Forbidden, IncompleteListing, ReadOnlyViolation, Unreachable
from orphancleanup.paging import Listing, follow


def listed(*documents: Any, **query: str | int) -> tuple[list[str], list[Query]]:
    """Follow a listing whose pages are given; answer the ids and the queries."""
    asked: list[Query] = []

    def fetch(query: Query) -> Any:
        asked.append(query)
        document = documents[len(asked) - 1]
        if isinstance(document, Exception):
            raise document
        return document

    items = list(follow(Listing('block-storage /volumes', 'volumes', fetch, query)))
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


def test_without_links_markers_lead_on_until_a_short_page() -> None:
    found, asked = listed(page('a', 'b'), page('c'), limit=2)
    assert found == ['a', 'b', 'c']
    assert asked[1] == {'limit': 2, 'marker': 'b'}


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
    with pytest.raises(IncompleteListing):
        listed(document)


def test_a_page_that_comes_again_ends_the_listing_as_incomplete() -> None:
    with pytest.raises(IncompleteListing, match='circle'):
        listed(linked('a', href='?marker=a'), linked('b', href='?marker=a'))
    with pytest.raises(IncompleteListing, match='circle'):
        listed(page('a', 'b'), page('a', 'b'), limit=2)


def test_a_listing_that_was_cut_off_is_incomplete() -> None:
    with pytest.raises(IncompleteListing, match='cut off'):
        listed(page('a', truncated=True))


def test_a_count_that_shrinks_makes_it_incomplete() -> None:
    with pytest.raises(IncompleteListing, match='shrank from 3 to 2'):
        listed(linked('a', href='?marker=a', count=3), page('c', count=2), with_count='true')


def test_fewer_items_than_the_last_count_make_it_incomplete() -> None:
    with pytest.raises(IncompleteListing, match='2 of 3'):
        listed(linked('a', href='?marker=a', count=2), page('c', count=3), with_count='true')
    assert listed(linked('a', href='?marker=a', count=2), page('c', count=2), with_count='true')[0] == [
        'a',
        'c',
    ]


def test_a_count_that_was_not_asked_for_means_nothing() -> None:
    assert listed(page('a', count=7))[0] == ['a']


def test_pages_of_items_without_ids_cannot_be_followed() -> None:
    with pytest.raises(IncompleteListing, match='no id'):
        listed({'volumes': [{'name': 'a'}]}, limit=1)
    assert (
        len(list(follow(Listing('x', 'volumes', lambda _: {'volumes': [{'name': 'a'}, {'name': 'a'}]})))) == 2
    )
