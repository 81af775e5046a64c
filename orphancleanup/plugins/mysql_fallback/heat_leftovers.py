"""What a purged stack leaves in Keystone: the project and the users of its guests, and the trust of its creator.

Heat makes both for itself (heat/common/heat_keystoneclient.py): the project and the users in a domain of its own, the
project named after the stack, and a trust from the creator to Heat's own user.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.api import Service
from orphancleanup.database.fallback import Rescue
from orphancleanup.database.values import Row
from orphancleanup.errors import NotFound
from orphancleanup.model import Resource
from orphancleanup.records import segment

_HEAT = 'heat'


def remove(rescue: Rescue, resource: Resource) -> None:
    """Remove them; what cannot be told to be this stack's stays. May be called again."""
    identity = rescue.cloud.service('identity')
    stacks = [change.before for change in rescue.changes if change.table == 'stack']
    for project_id in sorted({str(row.get('stack_user_project_id') or '') for row in stacks} - {''}):
        _remove_project(identity, project_id, {_name(row) for row in stacks})
    for row in (change.before for change in rescue.changes if change.table == 'user_creds'):
        _remove_trusts(rescue, identity, row)


def _name(stack: Row) -> str:
    """Return how Heat calls the project of a stack's guests (heat_keystoneclient.py, create_stack_domain_project)."""
    return f'{stack["tenant"]}-{stack["id"]}'[:64]


def _remove_project(identity: Service, project_id: str, names: set[str]) -> None:
    """Remove a project that Heat made for the users of a stack, and these."""
    project = _found(identity, f'/projects/{segment(project_id)}', 'project')
    # Without a domain for them, Heat names the stack's own project here.
    if not project or project.get('name') not in names:
        return
    for user in identity.pages('/users', 'users', {'domain_id': str(project['domain_id'])}):
        if user.get('default_project_id') == project_id:
            _delete(identity, f'/users/{segment(user["id"])}')
    _delete(identity, f'/projects/{segment(project_id)}')


def _remove_trusts(rescue: Rescue, identity: Service, credentials: Row) -> None:
    """Remove the trusts of a creator to Heat for a project, when no other stack needs one.

    Which of them was this stack's is encrypted in the row; so none goes while others have credentials of the same
    creator for the same project.
    """
    trustor, project = credentials.get('trustor_user_id'), credentials.get('tenant_id')
    if not trustor or not project:
        return
    with rescue.rows() as transaction:
        if transaction.read('user_creds', {'trustor_user_id': trustor, 'tenant_id': project}):
            return
    for trust in _trusts(identity, str(trustor)):
        if trust.get('project_id') == project and _is_heat(identity, str(trust.get('trustee_user_id'))):
            _delete(identity, f'/OS-TRUST/trusts/{segment(str(trust["id"]))}')


def _trusts(identity: Service, trustor: str) -> Iterator[dict[str, Any]]:
    return identity.pages('/OS-TRUST/trusts', 'trusts', {'trustor_user_id': trustor})


def _is_heat(identity: Service, user_id: str) -> bool:
    user = _found(identity, f'/users/{segment(user_id)}', 'user')
    return bool(user) and user.get('name') == _HEAT


def _found(identity: Service, path: str, key: str) -> Mapping[str, Any]:
    try:
        return dict(identity.get(path)[key])
    except NotFound:
        return {}


def _delete(identity: Service, path: str) -> None:
    try:
        identity.delete(path)
    except NotFound:
        return
