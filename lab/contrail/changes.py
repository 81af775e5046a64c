"""What changes objects: creating, updating and deleting one, and its references."""

import uuid as uuids
from collections.abc import Mapping
from typing import Any

from lab.contrail import removal, schema, shapes
from lab.contrail.shapes import Document, Refusal
from lab.contrail.store import Object, Store, new_uuid, permissions

_NO_PROPERTIES = frozenset({'uuid', 'fq_name', 'parent_type', 'parent_uuid', 'name', 'href', 'parent_href'})


def found(store: Store, uuid: str, kind: str = '') -> Object:
    """Return an object by its uuid.

    :raises Refusal: with 404.
    """
    each = store.objects.get(uuid)
    if each is None or (kind and each.type != kind):
        raise Refusal(404, f'Unknown id: {uuid}')
    return each


def create(store: Store, kind: str, given: Mapping[str, Any], base: str, has_transformer: bool) -> Document:
    """Make an object.

    :raises Refusal: with 404 for a parent or a reference that is not there, 409 for a name that is taken.
    """
    name = tuple(given['fq_name'])
    known = store.named(kind, name)
    if known:
        raise Refusal(409, f'{kind} {list(name)} already exists with uuid: {known.uuid}')
    parent = _parent(store, kind, name, given)
    made = Object(
        kind, given.get('uuid') or new_uuid(), name, given.get('parent_type') or schema.TYPES[kind].parents[0]
    )
    if parent:
        made.parent, made.parent_type = parent.uuid, parent.type
    made.properties = {**permissions(_owner(store, made, given)), **_properties(kind, given)}
    refs = _references(store, kind, given)
    store.add(made)
    for other, attribute in refs:
        store.link(made, other, attribute)
    removal.derive(store, made, has_transformer)
    document = shapes.short(made, base)
    return {kind: {**document, 'name': name[-1], **({'parent_uuid': made.parent} if made.parent else {})}}


def _parent(store: Store, kind: str, name: tuple[str, ...], given: Mapping[str, Any]) -> Object | None:
    allowed = schema.TYPES[kind].parents
    parent_type = given.get('parent_type') or allowed[0]
    if parent_type not in allowed:
        raise Refusal(400, f'Invalid parent type: {parent_type}')
    if parent_type == schema.ROOT:
        return None
    parent = store.named(parent_type, name[:-1])
    if parent is None:
        raise Refusal(404, f'Name {list(name[:-1])} not found')
    return parent


def _owner(store: Store, made: Object, given: Mapping[str, Any]) -> str:
    """Return the owner: for a project that comes with its id itself, without dashes; else that of what is above."""
    if made.type == 'project' and given.get('uuid'):
        return uuids.UUID(made.uuid).hex
    above = store.objects.get(made.parent)
    if above is None or above.type == 'domain':
        return 'cloud-admin'
    return str(above.properties['perms2']['owner'])


def _properties(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    refs = {f'{schema.field(each)}_refs' for each in schema.TYPES[kind].refs}
    return {name: value for name, value in given.items() if name not in _NO_PROPERTIES | refs}


def _references(store: Store, kind: str, given: Mapping[str, Any]) -> list[tuple[Object, Any]]:
    made = []
    for other in schema.TYPES[kind].refs:
        for ref in given.get(f'{schema.field(other)}_refs') or ():
            if kind in schema.NEED_UUID and not ref.get('uuid'):
                raise Refusal(500, "Internal error: 'uuid'")
            target = store.objects.get(ref.get('uuid', '')) or store.named(other, tuple(ref.get('to') or ()))
            if target is None or target.type != other:
                raise Refusal(404, f'Name {ref.get("to")} not found')
            made.append((target, ref.get('attr')))
    return made


def update(store: Store, each: Object, given: Mapping[str, Any]) -> None:
    """Change properties of an object, and the references whose field is named."""
    each.properties |= _properties(each.type, given)
    refs = _references(store, each.type, given)
    for kind in schema.TYPES[each.type].refs:
        if f'{schema.field(kind)}_refs' in given:
            for other in [uuid for uuid, (named, _) in each.refs.items() if named == kind]:
                store.unlink(each, other)
    for other, attribute in refs:
        store.link(each, other, attribute)


def update_reference(store: Store, body: Mapping[str, Any]) -> Document:
    """Add or end one reference (``/ref-update``).

    :raises Refusal: with 400 or 404.
    """
    if body.get('operation') not in ('ADD', 'DELETE'):
        raise Refusal(400, 'Bad reference operation')
    each = found(store, body['uuid'], body['type'])
    if body['operation'] == 'DELETE':
        store.unlink(each, body['ref-uuid'])
    else:
        store.link(each, found(store, body['ref-uuid'], body['ref-type']), body.get('attr'))
    return {'uuid': each.uuid}


def delete(store: Store, kind: str, uuid: str, base: str, has_transformer: bool) -> None:
    """Delete an object.

    :raises Refusal: with 404, or with 409 when something is below it or refers to it.
    """
    each = store.objects.get(uuid)
    if each is None or each.type != kind:
        raise Refusal(404, f'ID {uuid} does not exist')
    removal.refuse_in_use(store, each, base)
    removal.delete(store, each, has_transformer)
