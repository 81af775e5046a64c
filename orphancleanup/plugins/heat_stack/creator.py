"""Whether the user who created a stack keeps it from being deleted."""

from collections.abc import Iterator

from orphancleanup.api import Cloud
from orphancleanup.model import Evidence


def evidence(cloud: Cloud, name: str) -> Iterator[Evidence]:
    """Yield a sentence when every user of that name is disabled; Heat tells the creator's name only.

    From release 25.0.0 on, Heat answers a DELETE of such a stack with 403 and leaves a trust behind, one for each try
    (Stack.store makes it before it fails to remove the old one).
    """
    if not name:
        return
    users = list(cloud.service('identity').pages('/users', 'users', {'name': name}))
    if users and not any(user.get('enabled') for user in users):
        yield Evidence(
            'status',
            f'its creator {name} is disabled: Heat refuses, and leaves one more trust in Keystone with each try; '
            f'enable or delete that user, or delete the trusts from it, before the next try',
        )
