"""What refers to an object by a field that no table of ours names: a newer server has types that we do not know.

A list shows back references and children by their names only. A field is called after the type of what is in it
(``_read_back_ref`` and ``_read_child`` of the server), and the server tells its types: so all fields can be named.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orphancleanup.api import Service
from orphancleanup.errors import CloudError, IncompleteListing, ReadOnlyViolation
from orphancleanup.model import Ref
from orphancleanup.plugins.contrail_vn import listing, referrers
from orphancleanup.records import Record

#: characters of the names in one query
_LONGEST = 3000
_BACK_REFS = '_back_refs'
_KINDS: Mapping[str, str] = {'virtual-network': 'contrail-vn', 'virtual-machine-interface': 'contrail-vmi'}


def of_one(record: Record, what: str, named: Collection[str]) -> tuple[Ref, ...]:
    """Return what refers to an object, or is below it, by a field that was not named.

    :param record: the object, shown with all that there is.
    :param what: what it is, for an error.
    """
    return tuple(Ref(_kind(field), uuid) for field, uuid in referrers.of(record, what) if field not in named)


def of_all(service: Service, kind: str, named: Collection[str]) -> Mapping[str, tuple[Ref, ...]]:
    """Return the same of each object of a type, by its uuid; what came since is not among them.

    :raises IncompleteListing: when it cannot be told.
    """
    found: Mapping[str, tuple[Ref, ...]] | None = None
    for fields in _portions(sorted(_fields(service) - set(named))):
        shown = {
            str(each.get('uuid')): of_one(each, f'{kind} {each.get("uuid")}', named)
            for each in listing.everything(service, kind, fields, is_whole=False)
        }
        found = shown if found is None else {uuid: found[uuid] + shown[uuid] for uuid in found.keys() & shown}
    return found or {}


def _fields(service: Service) -> frozenset[str]:
    """Return the names of all fields with what refers to something, or is below it."""
    try:
        document = service.get('/')
    except (IncompleteListing, ReadOnlyViolation):
        raise
    except CloudError as error:
        raise IncompleteListing(f'Contrail does not tell which types of objects it has: {error}') from error
    types = {name.replace('-', '_') for name in _types(document)}
    if not types:
        raise IncompleteListing(
            'Contrail does not tell which types of objects it has; is this its API server?'
        )
    return frozenset(f'{each}{ending}' for each in types for ending in (_BACK_REFS, 's'))


def _types(document: Any) -> Iterator[str]:
    links = document.get('links') if isinstance(document, Mapping) else None
    for each in links if isinstance(links, list) else ():
        link = each.get('link') if isinstance(each, Mapping) else None
        if (
            isinstance(link, Mapping)
            and link.get('rel') == 'resource-base'
            and isinstance(link.get('name'), str)
        ):
            yield link['name']


def _portions(fields: list[str]) -> Iterator[list[str]]:
    """Yield fields in portions, so that no address becomes too long."""
    portion: list[str] = []
    for each in fields:
        if portion and len(','.join([*portion, each])) > _LONGEST:
            yield portion
            portion = []
        portion.append(each)
    yield portion


def _kind(field: str) -> str:
    name = (field.removesuffix(_BACK_REFS) if field.endswith(_BACK_REFS) else field[:-1]).replace('_', '-')
    return _KINDS.get(name, f'contrail-{name}')
