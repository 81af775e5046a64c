"""How Glance shows what it has to an administrator.

Source of the facts: the image API reference, v2, and glance/api/v2 of release 33.0.0.
"""

from orphancleanup.api import Cloud
from orphancleanup.errors import Forbidden, IncompleteListing
from orphancleanup.records import inner

SERVICE = 'image'
_NO_ADMIN = (
    "Glance shows only what the account's own project may use: Glance does not take it for an administrator; use a "
    'user with the role admin, or whatever its policies "context_is_admin" and "tasks_api_access" accept.'
)


def require_administrator(cloud: Cloud) -> None:
    """Return when Glance takes the caller for an administrator.

    To others it shows neither private images nor private namespaces of other projects, and says nothing about that. Its
    tasks are for administrators only, unless its policy was changed.

    :raises IncompleteListing: when it does not.
    """
    cloud.once('Glance takes us for an administrator', lambda: _require_administrator(cloud))


def _require_administrator(cloud: Cloud) -> None:
    try:
        document = cloud.service(SERVICE).get('/tasks', {'limit': 1})
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    inner(document, 'tasks', 'the tasks of Glance')
