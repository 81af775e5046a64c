"""A role that was lent is given back, whatever happens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.clouds.grants import Bounds, Grants, open_grants, undo
from orphancleanup.errors import (
    BadRequest,
    CloudError,
    ConfigurationError,
    Conflict,
    Forbidden,
    JournalError,
    NotFound,
    ReadOnlyViolation,
    TooLate,
    Unreachable,
)
from orphancleanup.model import Project
from orphancleanup.storing import journal
from orphancleanup.testing import FakeCloud, Request
from orphancleanup.testing.fake_cloud import ADMIN_USER

ROLE = 'role-member'


class Log:
    """Remembers what was written, and what Keystone had seen by then."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.records: list[Mapping[str, Any]] = []
        self.requests_then: list[int] = []

    def write(self, *records: Mapping[str, Any]) -> None:
        for record in records:
            self.records.append(record)
            self.requests_then.append(len(self._cloud.sent('PUT')) + len(self._cloud.sent('DELETE')))

    @property
    def events(self) -> list[str]:
        return [record['event'] for record in self.records]


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud(projects=[Project('a', 'a'), Project('b', 'b')])
    cloud.allow_changes()
    return cloud


def bounds(cloud: FakeCloud) -> Bounds:
    return Bounds(cloud.user_id, frozenset(cloud.projects))


@pytest.fixture
def log(cloud: FakeCloud) -> Log:
    return Log(cloud)


@pytest.fixture
def grants(cloud: FakeCloud, log: Log) -> Grants:
    return Grants(cloud.service('identity'), cloud.user_id, log)


def test_a_grant_is_in_the_journal_before_it_is_made(cloud: FakeCloud, grants: Grants, log: Log) -> None:
    grants.grant('a')
    assert cloud.roles.assigned == {('a', cloud.user_id, ROLE)}
    assert log.events == ['grant', 'granted']
    assert log.requests_then == [0, 1]
    assert log.records[0] == {'event': 'grant', 'project_id': 'a', 'user_id': cloud.user_id, 'role_id': ROLE}


def test_a_project_that_is_not_there_gets_none_however_often_it_is_asked_for(
    cloud: FakeCloud, grants: Grants, log: Log
) -> None:
    cloud.override('identity', 'PUT', '/projects/.*', _no_such_project)
    for _ in range(2):
        with pytest.raises(NotFound):
            grants.grant('a')
    assert log.events == 2 * ['grant', 'revoked']
    assert grants.revoke_all() == ()
    assert cloud.sent('DELETE') == []


def _no_such_project(*_: object) -> None:
    raise NotFound(404, 'Could not find project: a.')


@pytest.mark.parametrize(
    'error',
    [
        Forbidden(403, 'no'),
        BadRequest(400, 'no'),
        Conflict(409, 'no'),
        TooLate('old'),
        ReadOnlyViolation('no'),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_was_surely_not_granted_is_not_revoked_whoever_grants_it_later(
    cloud: FakeCloud, grants: Grants, log: Log, error: CloudError
) -> None:
    cloud.fail(('identity', 'PUT', ''), error)
    with pytest.raises(type(error)):
        grants.grant('a')
    cloud.roles.assigned.add(('a', cloud.user_id, ROLE))
    assert grants.revoke_all() == ()
    assert cloud.roles.assigned == {('a', cloud.user_id, ROLE)}
    assert undo(log.records, cloud.service('identity'), log, bounds(cloud)) == ()
    assert cloud.sent('DELETE') == []


def test_a_grant_that_another_run_has_revoked_is_made_again_and_revoked_once(
    cloud: FakeCloud, grants: Grants
) -> None:
    grants.grant('a')
    cloud.roles.assigned.clear()
    grants.grant('a')
    assert cloud.roles.assigned == {('a', cloud.user_id, ROLE)}
    assert grants.revoke_all() == ()
    assert cloud.roles.assigned == set()
    assert len(cloud.sent('DELETE')) == 1


def test_one_that_is_refused_the_second_time_may_be_there_from_the_first(
    cloud: FakeCloud, grants: Grants
) -> None:
    grants.grant('a')
    cloud.roles.assigned.clear()
    cloud.fail(('identity', 'PUT', ''), Forbidden(403, 'no'))
    with pytest.raises(Forbidden):
        grants.grant('a')
    grants.revoke_all()
    assert len(cloud.sent('DELETE')) == 1


def test_a_grant_is_made_once(cloud: FakeCloud, grants: Grants) -> None:
    grants.grant('a')
    grants.grant('a')
    assert len(cloud.sent('PUT')) == 1


def test_all_is_given_back_and_recorded_afterwards(cloud: FakeCloud, grants: Grants, log: Log) -> None:
    grants.grant('a')
    grants.grant('b')
    assert grants.revoke_all() == ()
    assert cloud.roles.assigned == set()
    assert log.events[-2:] == ['revoked', 'revoked']
    assert log.requests_then[-2:] == [3, 4]
    grants.revoke_all()
    assert len(cloud.sent('DELETE')) == 2


def test_a_role_that_was_there_before_is_never_revoked(cloud: FakeCloud, grants: Grants, log: Log) -> None:
    cloud.roles.assigned.add(('a', cloud.user_id, ROLE))
    grants.grant('a')
    grants.revoke_all()
    assert cloud.roles.assigned == {('a', cloud.user_id, ROLE)}
    assert log.records == []
    assert cloud.sent('PUT') == []


def test_a_look_that_fails_grants_nothing(cloud: FakeCloud, grants: Grants, log: Log) -> None:
    cloud.fail(('identity', 'GET', '/roles/role'), Forbidden(403, 'no'))
    with pytest.raises(Forbidden):
        grants.grant('a')
    assert log.records == []


def test_a_grant_whose_answer_was_lost_is_revoked(cloud: FakeCloud, grants: Grants) -> None:
    def do_and_lose(request: Request) -> None:
        cloud.roles.assigned.add(('a', cloud.user_id, ROLE))
        raise Unreachable('lost')

    cloud.before(('identity', 'PUT', ''), do_and_lose)
    with pytest.raises(Unreachable):
        grants.grant('a')
    assert grants.revoke_all() == ()
    assert cloud.roles.assigned == set()


def test_one_that_cannot_be_revoked_is_named_and_the_others_go(
    cloud: FakeCloud, grants: Grants, log: Log
) -> None:
    grants.grant('a')
    grants.grant('b')
    cloud.fail(('identity', 'DELETE', '/projects/a/'), Unreachable('gone silent'))
    (sentence,) = grants.revoke_all()
    assert 'project a could not be revoked: gone silent.' in sentence
    assert cloud.roles.assigned == {('a', cloud.user_id, ROLE)}
    assert log.events.count('revoked') == 1
    assert grants.revoke_all() == ()


def test_a_grant_in_a_project_that_is_gone_is_given_back(cloud: FakeCloud, grants: Grants, log: Log) -> None:
    grants.grant('a')
    del cloud.projects['a']
    assert grants.revoke_all() == ()
    assert log.events[-1] == 'revoked'


def test_an_unknown_role_is_a_sentence(cloud: FakeCloud, log: Log) -> None:
    with pytest.raises(ConfigurationError, match="no role 'Member'"):
        Grants(cloud.service('identity'), cloud.user_id, log, 'Member').grant('a')


def test_nothing_is_granted_while_only_reading(log: Log) -> None:
    cloud = FakeCloud(projects=[Project('a', 'a')])
    with pytest.raises(ReadOnlyViolation):
        Grants(cloud.service('identity'), cloud.user_id, log).grant('a')
    assert cloud.roles.assigned == set()


@pytest.mark.parametrize('crash_after', [1, 2])
def test_a_killed_run_is_undone_from_its_journal(cloud: FakeCloud, tmp_path: Path, crash_after: int) -> None:
    path = tmp_path / 'journal.jsonl'
    with journal.Journal.open(path) as opened:
        opened.write({'event': 'started'})
        grants = Grants(cloud.service('identity'), cloud.user_id, opened)
        grants.grant('a')
        grants.grant('b')
        grants.revoke_all()
        grants.grant('a')
    # The run was killed after the intent, or after the request.
    records = journal.read(path)[: crash_after - 2 or None]
    with journal.Journal.open(path) as opened:
        assert undo(records, cloud.service('identity'), opened, bounds(cloud)) == ()
    assert cloud.roles.assigned == set()
    assert cloud.sent('DELETE')[2:] == [f'/projects/a/users/{cloud.user_id}/roles/{ROLE}']
    assert open_grants(journal.read(path)) == ()


def test_a_journal_without_room_keeps_no_role(cloud: FakeCloud, log: Log, grants: Grants) -> None:
    grants.grant('a')
    grants.grant('b')

    def full(*_: object) -> None:
        raise JournalError('The journal cannot be written: No space left on device.')

    log.write = full  # type: ignore[method-assign]
    assert grants.revoke_all() == ()
    assert cloud.roles.assigned == set()


@pytest.mark.parametrize(
    'bounds',
    [
        Bounds('somebody', frozenset({'a'})),
        Bounds(ADMIN_USER, frozenset({'b'})),
        Bounds(ADMIN_USER, frozenset({'a'}), 'admin'),
        Bounds(ADMIN_USER, frozenset({'a'}), 'no-such-role'),
    ],
)
def test_what_a_run_cannot_have_granted_is_left_and_named(
    cloud: FakeCloud, log: Log, grants: Grants, bounds: Bounds
) -> None:
    grants.grant('a')
    (sentence,) = undo(list(log.records), cloud.service('identity'), log, bounds)
    assert cloud.roles.assigned == {('a', ADMIN_USER, ROLE)}
    assert 'left as it is' in sentence or 'could not be revoked' in sentence


def test_an_undo_that_fails_is_named_and_stays_open(cloud: FakeCloud, log: Log, grants: Grants) -> None:
    grants.grant('a')
    cloud.fail(('identity', 'DELETE', ''), Unreachable('gone silent'))
    assert len(undo(list(log.records), cloud.service('identity'), log, bounds(cloud))) == 1
    assert len(open_grants(log.records)) == 1


def test_a_fake_project_is_entered_through_real_grants(cloud: FakeCloud, grants: Grants) -> None:
    cloud.shut.add('a')
    cloud.grant_with(grants.grant)
    assert cloud.project('a').project_id == 'a'
    assert cloud.roles.assigned == {('a', cloud.user_id, ROLE)}
