"""Which addresses each interface has, and which of them others have, too."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from orphancleanup.api import Service
from orphancleanup.errors import IncompleteListing, NotFound
from orphancleanup.model import Ref
from orphancleanup.plugins.contrail_vn import listing
from orphancleanup.records import Record, references

_INTERFACES = 'virtual_machine_interface_refs'
#: the field of an interface to the type of addresses that is in it
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        'instance_ip_back_refs': 'instance-ip',
        'floating_ip_back_refs': 'floating-ip',
        'alias_ip_back_refs': 'alias-ip',
    }
)
BACK_REFS = tuple(_TYPES)


@dataclass(frozen=True, slots=True)
class Share:
    """An address of an interface.

    :param is_alone: whether no other interface has it.
    """

    type_name: str
    uuid: str
    is_alone: bool

    @property
    def ref(self) -> Ref:
        return Ref(f'contrail-{self.type_name}', self.uuid)

    @property
    def is_part(self) -> bool:
        """Whether it is the interface's own; others are of a project of their own."""
        return self.type_name == 'instance-ip'


def of_interfaces(service: Service, found: Sequence[Record]) -> Mapping[str, Sequence[Share]]:
    """Return the addresses of some interfaces, by the uuid of each.

    :raises IncompleteListing: when they cannot be read.
    """
    shares: dict[str, list[Share]] = defaultdict(list)
    for field, kind in _TYPES.items():
        if any(each[field] for each in found):
            for record in _addresses(service, kind, found):
                interfaces = references({_INTERFACES: None, **record}, f'{_INTERFACES}.uuid', kind)
                for each in interfaces:
                    shares[each].append(Share(kind, str(record.get('uuid')), len(interfaces) == 1))
    if len(found) == 1:
        _require_all(found[0], shares[found[0]['id']])
    return shares


def _require_all(interface: Record, shown: Iterable[Share]) -> None:
    """Return when all addresses that an interface names were shown; a list without pages is held against no count.

    :raises IncompleteListing: when it is not so: its row is damaged, or it was deleted just now.
    """
    known = {each.uuid for each in shown}
    for field in _TYPES:
        for uuid in references(interface, f'{field}.uuid', 'contrail-vmi'):
            if uuid not in known:
                raise IncompleteListing(
                    f'contrail-vmi {interface["id"]} has the address {uuid}, which Contrail does not show: whether '
                    f'others have it, too, is not known.'
                )


def _addresses(service: Service, kind: str, found: Sequence[Record]) -> Iterable[Record]:
    """Return the addresses of one interface, or all that there are."""
    if len(found) == 1:
        return listing.filtered(service, kind, (_INTERFACES,), {'back_ref_id': found[0]['id']})
    return listing.everything(service, kind, (_INTERFACES,))


def release(service: Service, kind: str, uuid: str, interface: str) -> None:
    """End the reference of an address to an interface; one that is gone has none."""
    body = {
        'type': kind,
        'uuid': uuid,
        'ref-type': 'virtual-machine-interface',
        'ref-uuid': interface,
        'operation': 'DELETE',
    }
    try:
        service.post('/ref-update', body)
    except NotFound:
        return
