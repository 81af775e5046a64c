import dataclasses
import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.cli import durations
from orphancleanup.errors import PlanError, SavedStateError
from orphancleanup.judging.baseline import Baseline
from orphancleanup.judging.plan import Plan
from orphancleanup.model import CloudIdentity
from orphancleanup.storing import validity

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
CLOUD = CloudIdentity('http://127.0.0.1:5000/v3', 'RegionOne', 'me', 'admin', 'f1')
BASELINE = Baseline({}, frozenset(), cloud=CLOUD, created_at=NOW)
PLAN = Plan(CLOUD, NOW, ())
OTHERS = [
    (
        {'region': 'RegionTwo'},
        'for the cloud at http://127.0.0.1:5000/v3, region RegionOne, and this is region RegionTwo of '
        'http://127.0.0.1:5000/v3; choose the right one',
    ),
    ({'region': ''}, 'region RegionOne, and this is region \\(none\\) of'),
    (
        {'fingerprint': 'f2', 'auth_url': 'http://other/v3'},
        'the cloud at http://other/v3 is another one \\(or was rebuilt since\\)',
    ),
    (
        {'fingerprint': 'f2', 'user_id': 'you'},
        'by another account \\(user me, project admin; this is user you, project admin\\)',
    ),
    ({'fingerprint': 'f2', 'project_id': 'other'}, 'by another account .*; use that account'),
    ({'fingerprint': 'f2'}, 'by this same account, and either the cloud was rebuilt since'),
]


def test_its_own_cloud_is_accepted_from_another_address_and_user():
    here = dataclasses.replace(CLOUD, auth_url='https://other', user_id='you', project_id='yours')
    validity.check_baseline(BASELINE, here)
    validity.check_plan(PLAN, here, NOW)


@pytest.mark.parametrize(('change', 'sentence'), OTHERS)
def test_another_cloud_or_account_is_refused_and_called_what_it_is(change, sentence):
    here = dataclasses.replace(CLOUD, **change)
    with pytest.raises(SavedStateError, match=re.sub('^for', 'of', sentence)) as refusal:
        validity.check_baseline(BASELINE, here)
    assert ('another one' in str(refusal.value)) == ('auth_url' in change)
    with pytest.raises(PlanError, match=sentence):
        validity.check_plan(PLAN, here, NOW)


def test_what_was_made_without_a_region_holds_in_none():
    made = dataclasses.replace(PLAN, cloud=dataclasses.replace(CLOUD, region=''))
    with pytest.raises(PlanError, match='region \\(none\\), and this is region RegionOne'):
        validity.check_plan(made, CLOUD, NOW)


def test_a_saved_state_that_does_not_tell_its_cloud_must_know_the_project_we_are_in():
    unnamed = Baseline({}, frozenset(), projects={'admin': 'admin'})
    validity.check_baseline(unnamed, CLOUD)
    with pytest.raises(SavedStateError, match=r'does not tell which cloud .* nothing was compared'):
        validity.check_baseline(unnamed, dataclasses.replace(CLOUD, project_id='other'))


def test_a_plan_of_a_time_to_come_is_refused_but_for_what_clocks_are_apart():
    validity.check_plan(PLAN, CLOUD, NOW - validity.CLOCK_MARGIN)
    with pytest.raises(
        PlanError, match='made at 2026-11-20 12:00:00 UTC, and here it is 2026-11-20 11:58:59 UTC'
    ):
        validity.check_plan(PLAN, CLOUD, NOW - validity.CLOCK_MARGIN - datetime.timedelta(seconds=1))


def test_the_age_of_a_plan_is_told():
    assert validity.age_of(PLAN, NOW + datetime.timedelta(hours=3, minutes=5, seconds=7)) == (
        '3h5m ago, at 2026-11-20 12:00:00 UTC'
    )


def test_a_plan_is_old_after_its_limit_and_not_at_it():
    limit = datetime.timedelta(hours=24)
    validity.check_age(PLAN, NOW + limit, limit)
    with pytest.raises(PlanError, match='--max-plan-age 1d1h'):
        validity.check_age(PLAN, NOW + limit + datetime.timedelta(seconds=1), limit)
    with pytest.raises(PlanError, match=r'is 13h30m old, and may be 12h: .* --max-plan-age 14h\.'):
        validity.check_age(PLAN, NOW + datetime.timedelta(hours=13.5), datetime.timedelta(hours=12))


@given(st.timedeltas(datetime.timedelta(days=1), datetime.timedelta(days=3000)))
def test_the_age_that_a_refusal_names_is_enough(age):
    with pytest.raises(PlanError) as refusal:
        validity.check_age(PLAN, NOW + age, datetime.timedelta(hours=12))
    named = str(refusal.value).rpartition(' ')[2].removesuffix('.')
    validity.check_age(PLAN, NOW + age, durations.parse(named))


@pytest.mark.parametrize(
    ('seconds', 'told'),
    [(0, '0s'), (-5, '0s'), (59, '59s'), (3600, '1h'), (3661, '1h1m'), (86400 + 59, '1d'), (90, '1m30s')],
)
def test_a_duration_is_told_as_it_is_typed(seconds, told):
    assert validity.duration(datetime.timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ('given', 'shown'),
    [
        ('https://admin:hunter2@cloud:5000/v3', 'https://cloud:5000/v3'),
        ('https://admin:hun@ter2@cloud', 'https://cloud'),
        ('https://admin:hun#t?er2@cloud/v3', 'https://cloud/v3'),
        ('https://admin@cloud/v3', 'https://cloud/v3'),
        ('https://cloud/v3/@home', 'https://cloud/v3/@home'),
        ('', ''),
    ],
)
def test_an_identity_has_no_password(given, shown):
    assert CloudIdentity(given, '', '', '', '').auth_url == shown
