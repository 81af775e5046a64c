"""How Nova shows what it has to an administrator, besides servers.

Source of the facts: the compute API reference, v2.1, and nova/api/openstack/compute of release 34.0.0.
"""

from collections.abc import Iterator
from typing import Any

from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import Forbidden, IncompleteListing, ListingMoved
from orphancleanup.records import identifier, inner

SERVICE = 'compute'
#: what the whole cloud shares goes only for these reasons, never because nobody seems to own it
GLOBAL = frozenset({'not-in-baseline', 'prefix', 'named'})
#: more than a listing of any cloud has
_MOST_PAGES = 10_000
_NO_ADMIN = (
    "Nova shows only what is for the account's own project: Nova does not take it for an administrator; use a user "
    'with the role admin, or whatever its policy "context_is_admin" accepts.'
)


def require_administrator(cloud: Cloud) -> None:
    """Return when Nova takes the caller for an administrator.

    To others it says nothing about what it leaves out: ``all_projects`` of server groups and ``is_public`` of flavors
    are ignored. Both ask ``context.is_admin``; so does, unless its policy was changed, the list of services.

    :raises IncompleteListing: when it does not.
    """
    cloud.once('Nova takes us for an administrator', lambda: _require_administrator(cloud))


def _require_administrator(cloud: Cloud) -> None:
    try:
        document = cloud.service(SERVICE).get('/os-services')
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    inner(document, 'services', 'the services of Nova')


def by_position(service: Service, path: str, key: str, query: Query) -> Iterator[dict[str, Any]]:
    """Yield all of a collection whose pages are found by their position only (``offset``) and have no links.

    Such a listing is cut at ``[api] max_limit``, which only the server knows: so what comes after the last item is
    asked for until there is nothing. Each page begins with the last item of the one before, which shows what was
    removed meanwhile: without it, that would push others into the page that was read already.

    :raises ListingMoved: when the listing changed while it was read.
    :raises IncompleteListing: when it comes to no end.
    """
    seen: list[str] = []
    for _ in range(_MOST_PAGES):
        where = {**query, 'offset': len(seen) - 1} if seen else query
        page = list(service.pages(path, key, where))
        if seen and (not page or identifier(page[0], key) != seen[-1]):
            raise ListingMoved(f'The listing of {path} changed while it was read; run again.')
        new = page[1:] if seen else page
        if not new:
            return
        seen += [identifier(record, key) for record in new]
        yield from new
    raise IncompleteListing(
        f'The listing of {path} comes to no end: it has more than {_MOST_PAGES} pages; nothing of it is believed.'
    )
