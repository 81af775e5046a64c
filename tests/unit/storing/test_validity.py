import dataclasses
import datetime

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
    ({'region': 'RegionTwo'}, 'this is region RegionTwo of http://127.0.0.1:5000/v3; choose the right one'),
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
    with pytest.raises(SavedStateError, match=sentence) as refusal:
        validity.check_baseline(BASELINE, here)
    assert ('another one' in str(refusal.value)) == ('auth_url' in change)
    with pytest.raises(PlanError, match=sentence):
        validity.check_plan(PLAN, here, NOW)


def test_the_age_of_a_plan_is_told():
    assert validity.age_of(PLAN, NOW + datetime.timedelta(hours=3, minutes=5, seconds=7)) == (
        '3h5m ago, at 2026-11-20 12:00:00 UTC'
    )


def test_a_plan_is_old_after_its_limit_and_not_at_it():
    limit = datetime.timedelta(hours=24)
    validity.check_age(PLAN, NOW + limit, limit)
    with pytest.raises(PlanError, match='--max-plan-age 1d1h'):
        validity.check_age(PLAN, NOW + limit + datetime.timedelta(seconds=1), limit)


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
