import datetime

import pytest

from orphancleanup import records
from orphancleanup.clouds import paths
from orphancleanup.errors import BadRequest

NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    'text',
    [
        '2026-11-20T12:00:00.000000',
        '2026-11-20T12:00:00Z',
        '2026-11-20T13:00:00+01:00',
        '2026-11-20 12:00:00',
    ],
)
def test_times_of_all_services_are_utc(text: str) -> None:
    assert records.timestamp(text) == NOON


@pytest.mark.parametrize('text', [None, '', 'yesterday', 17])
def test_what_is_no_time_is_unknown(text: object) -> None:
    assert records.timestamp(text) is None


def test_metadata_counts_as_tags_by_key_and_by_value() -> None:
    found = records.tags({'orphancleanup:keep': 'bob', 'a': 'b'}, ['c'])
    assert found == {'orphancleanup:keep', 'orphancleanup:keep=bob', 'a', 'a=b', 'c'}


def test_missing_metadata_is_no_tag() -> None:
    assert records.tags(None, None) == frozenset()


def test_a_name_stays_in_its_segment() -> None:
    assert records.segment('a/b?c#d e') == 'a%2Fb%3Fc%23d%20e'


@pytest.mark.parametrize('name', ['', '.', '..'])
def test_a_name_that_leads_elsewhere_is_never_sent(name: str) -> None:
    with pytest.raises(BadRequest):
        paths.checked(f'/stacks/{records.segment(name)}/1')
