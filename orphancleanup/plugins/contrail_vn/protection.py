"""What must stay, whatever is asked for: the API server itself protects none of it. Pure."""

import re
from collections.abc import Mapping, Sequence

from orphancleanup.records import Record, first

# Made by Contrail itself in each domain: ip-fabric, __link_local__, dci-network, default-virtual-network, svc-vn-*.
_SYSTEM_PROJECT = 'default-project'
# Networks that go with their logical router, their interconnect, or their source NAT.
_INTERNAL = re.compile(r'(__contrail_(lr|dci)_internal_vn_|snat-si-left|svc-vn-)')


def of(record: Record, home: Sequence[str], protecting: Mapping[str, str]) -> str:
    """Return why an object must stay, in a sentence; empty when nothing of itself speaks for that.

    :param home: the fully qualified name of what it belongs to: its own, which begins with those of domain and project,
        unless somebody else's project has it.
    :param protecting: a field to what is said when something is in it.
    """
    if is_system(home):
        return f'Contrail keeps it for itself: it is in {_SYSTEM_PROJECT}'
    if _INTERNAL.match(record['fq_name'][-1]):
        return 'Contrail makes and removes it by itself'
    if first(record, 'id_perms.user_visible') is False:
        return 'it is not visible to users: something else makes and removes it'
    if not isinstance(record.get('perms2'), Mapping):
        return 'Contrail does not tell who else may use it'
    if is_shared(record):
        return 'it is shared with other projects'
    return next((text for field, text in protecting.items() if record.get(field)), '')


def is_system(name: Sequence[str]) -> bool:
    """Return whether something of that name is in a project of Contrail's own."""
    return _SYSTEM_PROJECT in name[:2]


def is_shared(record: Record) -> bool:
    """Return whether other projects may use an object; an unknown kind of access is one."""
    return bool(first(record, 'perms2.share') or first(record, 'perms2.global_access'))
