"""What keeps an object from being deleted, and what the system deletes by itself."""

import uuid as uuids

from lab.contrail import schema
from lab.contrail.shapes import Refusal
from lab.contrail.store import Object, Store, new_uuid, permissions

FIRST_SECURITY_GROUP_ACLS = ('ingress-access-control-list', 'egress-access-control-list')


def refuse_in_use(store: Store, found: Object, base: str) -> None:
    """Return when nothing keeps an object.

    Only the first field that does is named. A child whose name is ``default-`` and its type is passed over, and is left
    behind without a word.

    :raises Refusal: with 409.
    """
    for kind in schema.children_of(found.type):
        kept = [each for each in store.children(found.uuid, kind) if each.name[-1] != f'default-{kind}']
        if kept and not schema.TYPES[kind].is_derived:
            raise Refusal(409, f'Delete when children still present: {_hrefs(kept, base)}')
    for kind in schema.referrers_of(found.type):
        referrers = store.referrers(found.uuid, kind)
        if referrers and not schema.TYPES[kind].is_derived:
            raise Refusal(409, f'Delete when resource still referred: {_hrefs(referrers, base)}')


def _hrefs(found: list[Object], base: str) -> list[str]:
    return [f'{base}/{each.type}/{each.uuid}' for each in found]


def delete(store: Store, found: Object, has_transformer: bool) -> None:
    """Take an object out, with what goes along.

    The API server itself deletes a network's own routing instance; all else that is derived is the schema
    transformer's matter, and stays where that is away.
    """
    derived = [
        each
        for kind in schema.children_of(found.type)
        if schema.TYPES[kind].is_derived
        for each in store.children(found.uuid, kind)
    ]
    targets = _route_targets(store, [found, *derived]) if has_transformer else []
    store.remove(found)
    for each in derived:
        if has_transformer or each.name == (*found.name, found.name[-1]):
            store.remove(each)
    for target in targets:
        if not any(store.referrers(target.uuid, kind) for kind in schema.referrers_of('route-target')):
            store.remove(target)


def _route_targets(store: Store, found: list[Object]) -> list[Object]:
    return [
        store.objects[other]
        for each in found
        for other, (kind, _) in each.refs.items()
        if kind == 'route-target' and other in store.objects
    ]


def derive(store: Store, made: Object, has_transformer: bool) -> None:
    """Make what the system makes of its own accord for a new object."""
    if made.type == 'virtual-network':
        own = _child(store, made, 'routing-instance', made.name[-1])
        if has_transformer:
            number = 8_000_000 + store.count('route-target')
            target = Object('route-target', new_uuid(), (f'target:64512:{number}',), schema.ROOT)
            target.properties = permissions('cloud-admin')
            store.link(own, store.add(target), None)
    if made.type == 'security-group' and has_transformer:
        for name in FIRST_SECURITY_GROUP_ACLS:
            _child(store, made, 'access-control-list', name)


def _child(store: Store, parent: Object, kind: str, name: str) -> Object:
    made = Object(kind, new_uuid(), (*parent.name, name), parent.type, parent.uuid)
    made.properties = permissions(uuids.UUID(parent.parent or parent.uuid).hex)
    return store.add(made)
