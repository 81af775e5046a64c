"""Whose keypairs there may be: Nova lists them for one user at a time, and never tells which users have any."""

import datetime
from collections.abc import Iterator

from orphancleanup.api import Cloud, Query
from orphancleanup.plugins.nova_server import compute
from orphancleanup.plugins.nova_server.server_group import ServerGroup
from orphancleanup.records import identifier, references

_CHANGED = datetime.timedelta(days=1)


def users(cloud: Cloud) -> Iterator[str]:
    """Yield the ids of all users that Keystone has, and of those that are gone and have left something in Nova.

    The latter are told by servers and server groups, and by servers that were deleted within a day, so that those of a
    user stay known while a run removes that user's servers. Of one who has left nothing but keypairs nobody tells.
    """
    identity = cloud.service('identity')
    # Where domains have directories of their own, only a list of one domain is that of all its users.
    for domain in identity.pages('/domains', 'domains', past_end=True):
        query: Query = {'domain_id': identifier(domain, 'domain')}
        for user in identity.pages('/users', 'users', query, past_end=True):
            yield identifier(user, 'user')
    since = datetime.datetime.now(datetime.UTC) - _CHANGED
    nova = cloud.service(compute.SERVICE)
    for more in ({}, {'changes-since': since.isoformat(timespec='seconds')}):
        for server in nova.pages('/servers/detail', 'servers', {'all_tenants': 1, **more}, past_end=True):
            yield from references(server, 'user_id', 'server')
    for group in ServerGroup().listing(cloud):
        yield from references(group, 'user_id', 'server group')
