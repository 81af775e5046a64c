"""How Heat shows its stacks to an administrator.

The endpoint in the catalogue has the caller's own project in it, which is what an administrator must use for the
stacks of all projects, dead ones too: Heat before 22.0.0 compares it with the token, later ones ignore it.
"""

from collections.abc import Iterator
from typing import Any

from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Forbidden, IncompleteListing, NotFound, Redirected
from orphancleanup.records import segment

SERVICE = 'orchestration'
#: Heat itself stops at its max_nested_stack_depth
ALL_LEVELS: Query = {'nested_depth': 100}
_NO_ADMIN = (
    "Heat shows only what is in the account's own project: Heat does not take it for an administrator; use a user "
    'that its policy "context_is_admin" accepts.'
)


def listing(cloud: Cloud, query: Query | None = None) -> Iterator[dict[str, Any]]:
    """Yield the root stacks of all projects, hidden ones too.

    Heat gives an administrator all of them without ``global_tenant``, which its default policy forbids to everybody,
    and tells that it did so by the key ``project`` in each.

    :raises IncompleteListing: when Heat does not take the caller for an administrator.
    """
    service = cloud.service(SERVICE)
    is_empty = True
    everything = {'show_hidden': 'true', **(query or {})}
    for record in service.pages('/stacks', 'stacks', everything, past_end=True):
        if 'project' not in record:
            raise IncompleteListing(_NO_ADMIN)
        is_empty = False
        yield record
    if is_empty:
        require_administrator(cloud)


def every_level(cloud: Cloud, query: Query | None = None) -> Iterator[dict[str, Any]]:
    """Yield the stacks of all projects, nested ones too, which tell their ``parent``.

    :raises IncompleteListing: when Heat does not take the caller for an administrator.
    """
    return listing(cloud, {'show_nested': 'true', **(query or {})})


def require_administrator(cloud: Cloud) -> None:
    """Return when Heat takes the caller for an administrator.

    It is asked for what only an administrator gets, since an empty listing does not tell whose it would show.

    :raises IncompleteListing: when it does not.
    """
    try:
        cloud.service(SERVICE).get('/services')
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error


def is_deleted(cloud: Cloud, identifier: str) -> bool:
    """Return whether a stack that is not listed is gone: deleted, or purged since.

    A backup, which an update makes that does not converge, is in no listing, and there: asked for by its id alone, Heat
    redirects to its own project.
    """
    for record in every_level(cloud, {'id': identifier, 'show_deleted': 'true'}):
        if record.get('id') == identifier:
            # What fails while a stack is abandoned may leave DELETE_FAILED on it (observed on release 27.0.1).
            return bool(record.get('deletion_time')) or record.get('stack_status') == 'DELETE_COMPLETE'
    try:
        cloud.service(SERVICE).get(f'/stacks/{segment(identifier)}')
    except NotFound:
        return True
    except Redirected:
        return False
    return False


def path(name: str, identifier: str) -> str:
    """Return the path of a stack; its name is a project's word."""
    return f'/stacks/{segment(name)}/{segment(identifier)}'
