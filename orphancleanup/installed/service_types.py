"""Which service types OpenStack knows, so that a mistyped one is not taken for a service that a cloud has not."""

import difflib

import os_service_types

_NAMES = os_service_types.ServiceTypes().all_types_by_service_type
#: the official types and all their other names (service-types-authority)
KNOWN: frozenset[str] = frozenset(name for official, names in _NAMES.items() for name in (official, *names))


def is_known(service_type: str) -> bool:
    """Return whether OpenStack knows a service type, under an older name, too."""
    return service_type in KNOWN


def closest(service_type: str) -> str:
    """Return the official type that an unknown one is most like."""
    return difflib.get_close_matches(service_type, sorted(_NAMES), 1, cutoff=0.0)[0]
