"""Which tenants ``--project`` means. A tenant may be gone, and its id be all that is left; a name may be anything."""

import re
from collections.abc import Iterable, Mapping

from orphancleanup.cli.parsing import suggestion
from orphancleanup.errors import UsageError
from orphancleanup.model import Tenant

_ID = re.compile(r'[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def resolve(typed: Iterable[str], tenants: Mapping[str, Tenant]) -> frozenset[str]:
    """Answer the ids of the tenants that are meant.

    What looks like an id is one: else whoever names a tenant after the id of a dead one would have it cleaned.

    :param tenants: all living ones, by id.
    :raises UsageError: when a name is that of no tenant, or of several.
    """
    return frozenset(_resolve(word, tenants) for word in typed)


def _resolve(word: str, tenants: Mapping[str, Tenant]) -> str:
    if word in tenants or _ID.fullmatch(word):
        return word
    found = [tenant for tenant in tenants.values() if tenant.name == word]
    if len(found) > 1:
        ids = ', '.join(f'{tenant.id} (domain {tenant.domain_id or "unknown"})' for tenant in found)
        raise UsageError(
            f'--project {word!r}: {len(found)} tenants have this name; name one by its id: {ids}.'
        )
    if not found:
        close = suggestion(word, [tenant.name for tenant in tenants.values()])
        raise UsageError(
            f'--project {word!r}: no tenant has this name or id.{close} A tenant that is gone is named by its id.'
        )
    return found[0].id
