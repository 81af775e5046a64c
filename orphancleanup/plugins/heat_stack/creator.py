"""The user who created a stack: disabled, that user keeps the stack from being deleted.

From release 25.0.0 on, Heat replaces the creator's trust by one of whoever deletes the stack, and cannot delete the old
one when the creator is disabled: it answers 403, and the new trust stays in Keystone, one for each try (Stack.store
makes it before it fails to remove the old one). Without the old trust there is nothing to fail.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, Forbidden, IncompleteListing, NotFound, StepUnavailable
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins.heat_stack import orchestration
from orphancleanup.sentences import clause

Record = Mapping[str, Any]
_IDENTITY = 'identity'
# The trustee of all of Heat's trusts ([trustee] username of its own configuration).
_HEAT = 'heat'


def evidence(cloud: Cloud, name: str) -> Iterator[Evidence]:
    """Yield a sentence when every user of that name is disabled; Heat tells the creator's name only."""
    users = _called(cloud, name)
    if users and not any(_is_enabled(user) for user in users):
        yield Evidence(
            'status',
            f'its creator {name} is disabled: Heat refuses, and leaves one more trust in Keystone with each try; '
            f'enable or delete that user, or let --force delete the trusts from that user to Heat',
        )


def remove_trusts(cloud: Cloud, resource: Resource) -> None:
    """Delete the trusts to Heat that the disabled creator of a stack has given for its project.

    Which of them is the stack's own is encrypted in Heat's database: so none goes while the creator has another stack
    there that stays. Nobody can use them as long as the creator is disabled.

    :raises StepUnavailable: when no disabled creator can be made out, or another stack needs them.
    :raises Forbidden: when the account may not manage trusts.
    :raises Conflict: when the creator is enabled by now.
    """
    name = str(resource.details.get('owner') or '')
    creator, trusts = _creator(cloud, resource, name)
    _require_alone(cloud, resource, name)
    for trust in trusts:
        _require_disabled(cloud, creator, name)
        try:
            cloud.service(_IDENTITY).delete(f'/OS-TRUST/trusts/{records.segment(trust)}')
        except NotFound:
            continue
        except Forbidden as error:
            raise _no_manager(error) from error


def _creator(cloud: Cloud, resource: Resource, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the id of the disabled creator, and the ids of the trusts."""
    users = _called(cloud, name)
    found = {records.identifier(user, 'keystone-user'): user for user in users}
    given = {user: _trusts(cloud, user, resource.project_id) for user in found}
    # Who has given nothing to Heat for the project is somebody else of the same name.
    likely = [user for user in given if given[user]] or list(found)
    if len(likely) != 1:
        raise StepUnavailable(
            f'{len(likely)} users are called {name!r}, so that the creator cannot be told'
            if likely
            else 'no user is called as its creator is: the 403 is about something else'
        )
    (creator,) = likely
    if _is_enabled(found[creator]):
        raise StepUnavailable(f'its creator {name} is enabled: the 403 is about something else')
    return creator, given[creator]


def _called(cloud: Cloud, name: str) -> list[Record]:
    """Return the users of a name, of all domains."""
    if not name:
        return []
    listed = cloud.service(_IDENTITY).pages('/users', 'users', {'name': name})
    return [user for user in listed if user.get('name') == name]


def _trusts(cloud: Cloud, user: str, project: str) -> tuple[str, ...]:
    """Return the ids of the trusts to Heat that a user has given for a project."""
    identity = cloud.service(_IDENTITY)
    try:
        listed = list(identity.pages('/OS-TRUST/trusts', 'trusts', {'trustor_user_id': user}))
    except IncompleteListing as error:
        if isinstance(error.__cause__, Forbidden):
            raise _no_manager(error.__cause__) from error
        raise
    own = [
        each for each in listed if (each.get('trustor_user_id'), each.get('project_id')) == (user, project)
    ]
    return tuple(
        records.identifier(each, 'keystone-trust')
        for each in own
        if _is_heat(cloud, str(each.get('trustee_user_id')))
    )


def _is_heat(cloud: Cloud, user: str) -> bool:
    return _user(cloud, user).get('name') == _HEAT


def _require_alone(cloud: Cloud, resource: Resource, name: str) -> None:
    """Return when the creator has no other stack in the project that the plan does not name."""
    for record in orchestration.listing(cloud):
        other = Ref(resource.kind, records.identifier(record, resource.kind))
        is_same = (record.get('project'), record.get('stack_owner')) == (resource.project_id, name)
        if is_same and other != resource.ref and not cloud.is_planned(other):
            raise StepUnavailable(
                f'{other}, which stays, has the same creator {name} and may need the trusts: enable or delete that user'
            )


def _require_disabled(cloud: Cloud, user: str, name: str) -> None:
    if _is_enabled(_user(cloud, user)):
        raise Conflict(409, f'its creator {name} is enabled by now: the trusts stay; make a new plan')


def _user(cloud: Cloud, user: str) -> Record:
    """Return a user; nothing when there is none of that id."""
    try:
        document = cloud.service(_IDENTITY).get(f'/users/{records.segment(user)}')
    except NotFound:
        return {}
    return records.one(document, 'user', f'keystone-user {user}')


def _is_enabled(user: Record) -> bool:
    # What Keystone does not call disabled is not.
    return bool(user) and user.get('enabled') is not False


def _no_manager(error: Forbidden) -> Forbidden:
    return Forbidden(
        403,
        f'this account may not manage trusts ({clause(error.message)}): log in with a user name and a password, not '
        f'with an application credential',
        error.request_id,
    )
