"""Whether what was kept in a file holds here and now: it is of this cloud, and not too old."""

import datetime

from orphancleanup.errors import PlanError, SavedStateError
from orphancleanup.judging.baseline import Baseline
from orphancleanup.judging.plan import Plan
from orphancleanup.model import CloudIdentity

#: how far the clocks of two machines may be apart
CLOCK_MARGIN = datetime.timedelta(seconds=60)

_UNITS = (('d', 86400), ('h', 3600), ('m', 60), ('s', 1))


def check_baseline(baseline: Baseline, here: CloudIdentity) -> None:
    """Refuse a baseline of another cloud. tempest's file does not tell its cloud: it must know the project we are in.

    :raises SavedStateError: when the region or the ids that Keystone made differ (address and user may), or when it
        does not tell its cloud and lacks our own project.
    """
    if baseline.cloud is None and here.project_id not in baseline.projects:
        raise SavedStateError(
            'The saved state does not tell which cloud it was taken of, and does not have the project that this '
            'command works from: it is of another cloud, or that project came later; nothing was compared with it.'
        )
    if baseline.cloud and (why := _foreign(baseline.cloud, here, 'of')):
        raise SavedStateError(
            f'The saved state was taken {why}, or take a new saved state: nothing was compared with it.'
        )


def check_plan(plan: Plan, here: CloudIdentity, now: datetime.datetime) -> None:
    """Refuse a plan of another cloud, or of a time to come.

    :param now: aware, UTC.
    :raises PlanError: when the region or the ids that Keystone made differ, or the clocks do.
    """
    if why := _foreign(plan.cloud, here, 'for'):
        raise PlanError(f'The plan was made {why}, or make a new plan with --dry-run: nothing was removed.')
    if plan.created_at > now + CLOCK_MARGIN:
        raise PlanError(
            f'The plan was made at {_moment(plan.created_at)}, and here it is {_moment(now)} only: nothing was '
            f'removed; set the clocks right, or make a new plan with --dry-run.'
        )


def check_age(plan: Plan, now: datetime.datetime, limit: datetime.timedelta) -> None:
    """Refuse a plan that is too old to be applied.

    :param now: aware, UTC.
    :raises PlanError: when it is; names the option that allows it.
    """
    age = now - plan.created_at
    if age > limit:
        raise PlanError(
            f'The plan is {duration(age)} old, and may be {duration(limit)}: nothing was removed; make a new plan '
            f'with --dry-run, or give --max-plan-age {duration(_rounded_up(age))}.'
        )


def age_of(plan: Plan, now: datetime.datetime) -> str:
    """Return how old a plan is, for a sentence (``1d2h ago, at 2026-11-20 12:00:00 UTC``).

    :param now: aware, UTC.
    """
    return f'{duration(now - plan.created_at)} ago, at {_moment(plan.created_at)}'


def duration(time: datetime.timedelta) -> str:
    """Return a duration as it is typed, with its two largest units (``1d2h``, ``90s`` as ``1m30s``)."""
    found: list[tuple[int, str]] = []
    rest = max(0, round(time.total_seconds()))
    for unit, seconds in _UNITS:
        number, rest = divmod(rest, seconds)
        if number or found:
            found.append((number, unit))
    return ''.join(f'{number}{unit}' for number, unit in found[:2] if number) or '0s'


def _rounded_up(age: datetime.timedelta) -> datetime.timedelta:
    return datetime.timedelta(hours=age // datetime.timedelta(hours=1) + 1)


def _moment(time: datetime.datetime) -> str:
    return f'{time:%Y-%m-%d %H:%M:%S} UTC'


def _foreign(made: CloudIdentity, here: CloudIdentity, preposition: str) -> str:
    """Return how the cloud of a file differs from this one, and what to choose; empty when it does not."""
    where = f'{preposition} the cloud at {made.auth_url}, region {made.region or "(none)"}'
    if made.region != here.region:
        return (
            f'{where}, and this is region {here.region or "(none)"} of {here.auth_url}; choose the right one '
            f'with --os-cloud or --os-region-name'
        )
    if made.fingerprint == here.fingerprint:
        return ''
    if made.auth_url != here.auth_url:
        return (
            f'{where}, and the cloud at {here.auth_url} is another one (or was rebuilt since); choose the right '
            f'cloud with --os-cloud'
        )
    if (made.user_id, made.project_id) != (here.user_id, here.project_id):
        return (
            f'by another account (user {made.user_id}, project {made.project_id}; this is user {here.user_id}, '
            f'project {here.project_id}), and one of the two lacks the role admin, or the cloud at {here.auth_url} '
            f'was rebuilt since; use that account, with the role admin'
        )
    return (
        f'{where} by this same account, and either the cloud was rebuilt since, or the account has no longer the '
        f'role admin that it had (or has it only now); give it back'
    )
