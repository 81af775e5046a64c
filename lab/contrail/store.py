"""The objects, and the indexes that tell who is below whom and who refers to whom."""

import bisect
import datetime
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.contrail import schema

Name = tuple[str, ...]


@dataclass(slots=True)
class Object:
    """One object.

    :ivar parent: the uuid of its parent; empty for one below the root. It may dangle.
    :ivar refs: uuid of what it refers to, to type and attribute of the reference.
    """

    type: str
    uuid: str
    name: Name
    parent_type: str
    parent: str = ''
    properties: dict[str, Any] = field(default_factory=dict)
    refs: dict[str, tuple[str, Any]] = field(default_factory=dict)


class Store:
    """All objects of a server, and the key-value pairs that Neutron's plug-in keeps there."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.pairs: dict[str, str] = {}
        self._order: dict[str, list[str]] = defaultdict(list)
        self._names: dict[tuple[str, Name], str] = {}
        self._spelled: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._children: dict[str, dict[str, None]] = defaultdict(dict)
        self._back: dict[str, dict[str, None]] = defaultdict(dict)

    def add(self, found: Object) -> Object:
        """Put an object in."""
        self.objects[found.uuid] = found
        bisect.insort(self._order[found.type], found.uuid)
        self._names[found.type, found.name] = found.uuid
        self._spelled[found.type, ':'.join(found.name)][found.uuid] = None
        if found.parent:
            self._children[found.parent][found.uuid] = None
        for other in found.refs:
            self._back[other][found.uuid] = None
        return found

    def remove(self, found: Object) -> None:
        """Take an object out; what is below it keeps its uuid, and dangles."""
        del self.objects[found.uuid]
        order = self._order[found.type]
        del order[bisect.bisect_left(order, found.uuid)]
        self._names.pop((found.type, found.name), None)
        self._spelled.get((found.type, ':'.join(found.name)), {}).pop(found.uuid, None)
        self._children.get(found.parent, {}).pop(found.uuid, None)
        for other in found.refs:
            self._back.get(other, {}).pop(found.uuid, None)

    def link(self, found: Object, other: Object, attribute: Any) -> None:
        """Let an object refer to another one."""
        found.refs[other.uuid] = (other.type, attribute)
        self._back[other.uuid][found.uuid] = None

    def unlink(self, found: Object, other: str) -> None:
        """End a reference."""
        found.refs.pop(other, None)
        self._back.get(other, {}).pop(found.uuid, None)

    def of_type(self, name: str, after: str = '') -> Iterator[Object]:
        """Yield the objects of a type by their uuid, those after one only."""
        order = self._order[name]
        for position in range(bisect.bisect_right(order, after) if after else 0, len(order)):
            yield self.objects[order[position]]

    def spelled(self, kind: str, names: Iterable[str], after: str = '') -> Iterator[Object]:
        """Yield the objects of a type that have one of some names, by their uuid, those after one only."""
        uuids = {each for name in names for each in self._spelled.get((kind, name), ())}
        return (self.objects[each] for each in sorted(uuids) if each > after)

    def count(self, name: str) -> int:
        """Return how many objects of a type there are."""
        return len(self._order[name])

    def named(self, kind: str, name: Name) -> Object | None:
        """Return the object with a fully qualified name."""
        return self.objects.get(self._names.get((kind, name), ''))

    def children(self, uuid: str, kind: str) -> list[Object]:
        """Return what is below an object, of one type; nothing for an object that is gone."""
        return self._of(self._children.get(uuid, {}) if uuid in self.objects else {}, kind)

    def referrers(self, uuid: str, kind: str) -> list[Object]:
        """Return what refers to an object, of one type."""
        return self._of(self._back.get(uuid, {}), kind)

    def _of(self, uuids: Mapping[str, None], kind: str) -> list[Object]:
        return [self.objects[each] for each in uuids if self.objects[each].type == kind]

    def save(self, path: Path) -> None:
        """Write everything to a file."""
        objects = [
            [each.type, each.uuid, each.name, each.parent_type, each.parent, each.properties, each.refs]
            for each in self.objects.values()
        ]
        partial = path.with_suffix('.partial')
        partial.write_text(json.dumps({'objects': objects, 'pairs': self.pairs}))
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> 'Store':
        """Read a file that :meth:`save` wrote; an empty store when there is none."""
        store = cls()
        if not path.exists():
            return store
        document = json.loads(path.read_text())
        for kind, identifier, name, parent_type, parent, properties, refs in document['objects']:
            known = {other: (ref[0], ref[1]) for other, ref in refs.items()}
            store.add(Object(kind, identifier, tuple(name), parent_type, parent, properties, known))
        store.pairs.update(document['pairs'])
        return store


def permissions(owner: str, is_visible: bool = True) -> dict[str, Any]:
    """Return what every object carries: when it was made, and whose it is."""
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat()
    return {
        'id_perms': {
            'enable': True,
            'created': now,
            'last_modified': now,
            'description': None,
            'creator': None,
            'user_visible': is_visible,
            'permissions': {
                'owner': 'admin',
                'owner_access': 7,
                'group': 'admin',
                'group_access': 7,
                'other_access': 7,
            },
        },
        'perms2': {'owner': owner, 'owner_access': 7, 'global_access': 0, 'share': []},
    }


def new_uuid() -> str:
    """Return a new uuid."""
    return str(uuid.uuid4())


def fresh() -> Store:
    """Return the store of a new installation: the default domain and project, and the system's own networks."""
    store = Store()
    domain = store.add(Object('domain', new_uuid(), ('default-domain',), schema.ROOT))
    system = store.add(
        Object('global-system-config', new_uuid(), ('default-global-system-config',), schema.ROOT)
    )
    project = store.add(
        Object('project', new_uuid(), ('default-domain', 'default-project'), 'domain', domain.uuid)
    )
    names = ('ip-fabric', '__link_local__', 'dci-network', 'default-virtual-network')
    owner = uuid.UUID(project.uuid).hex
    made = [
        store.add(Object('virtual-network', new_uuid(), (*project.name, name), 'project', project.uuid))
        for name in names
    ]
    for each in (domain, system, project):
        each.properties = permissions('cloud-admin')
    for each in made:
        each.properties = permissions(owner)
    return store
