"""Requests to answers: the whole server, without a socket."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.contrail import changes, listing, schema, shapes
from lab.contrail.callers import Caller, Identity
from lab.contrail.projects import Projects
from lab.contrail.shapes import TEXT, Answer, Refusal, Request
from lab.contrail.store import Object, Store

PLURALS = {f'{kind}s': kind for kind in schema.TYPES}
_UNAUTHORIZED = {
    'error': {
        'code': 401,
        'title': 'Unauthorized',
        'message': 'The request you have made requires authentication.',
    }
}
_RAW_PERMISSIONS = {'token_info': None, 'is_cloud_admin_role': False, 'is_global_read_only_role': False}


@dataclass
class Behaviour:
    """How the server behaves; tests change it while it runs.

    :ivar aaa_mode: ``cloud-admin``, ``rbac`` or ``no-auth``.
    :ivar has_transformer: whether the schema transformer runs, which makes and deletes what is derived.
    :ivar has_zookeeper: whether changes find ZooKeeper.
    :ivar has_database: whether listings find the database; without it they are not found (404).
    :ivar is_drafting: whether changes of security objects only wait for their approval (202).
    :ivar quota: how many objects of one type there may be; None for as many as one likes.
    :ivar unreadable: uuids of objects whose rows are damaged.
    :ivar dies_after: the number of requests after which the process ends; None for never.
    """

    aaa_mode: str = 'cloud-admin'
    has_transformer: bool = True
    has_zookeeper: bool = True
    has_database: bool = True
    is_drafting: bool = False
    quota: int | None = None
    unreadable: list[str] = field(default_factory=list)
    dies_after: int | None = None


_DRAFTED = frozenset({'security-group', 'network-policy'})


class Api:
    """A server: objects, who may ask, and how it behaves."""

    def __init__(self, store: Store, identity: Identity, behaviour: Behaviour | None = None) -> None:
        self.store = store
        self.behaviour = behaviour or Behaviour()
        self.projects = Projects(store, identity)
        self._identity = identity
        self._lock = threading.Lock()
        self._actions: Mapping[str, Callable[[Request], Any]] = {
            '/fqname-to-id': self._to_id,
            '/id-to-fqname': self._to_name,
            '/ref-update': lambda request: changes.update_reference(store, request.body),
            '/ref-relax-for-delete': lambda request: {'uuid': request.body['uuid']},
            '/useragent-kv': self._pairs,
            '/chown': self._chown,
            '/list-bulk-collection': self._bulk,
        }

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        if request.path == '/':
            return Answer(body=_homepage(request.base))
        caller = self._identity.caller(request.headers.get('x-auth-token', ''))
        mode = self.behaviour.aaa_mode
        if mode != 'no-auth' and caller is None:
            return Answer(401, _UNAUTHORIZED)
        if mode == 'cloud-admin' and caller and not _is_admin(caller):
            return Answer(403, 'Permission Denied', TEXT, is_broken=True)
        with self._lock:
            try:
                return self._routed(request, None if caller is None or _is_admin(caller) else caller)
            except Refusal as refusal:
                return refusal.answer()

    def _routed(self, request: Request, limited: Caller | None) -> Answer:
        """Answer somebody who may ask.

        :param limited: the caller, when only their own objects are shown.
        """
        if limited and self.behaviour.aaa_mode == 'no-auth':
            limited = None
        if request.path == '/obj-perms':
            return Answer(body=self._permissions(request))
        if request.path == '/aaa-mode':
            return Answer(body=self._mode(request))
        if request.path in self._actions and request.method == 'POST':
            return Answer(body=self._actions[request.path](request))
        words = request.path.strip('/').split('/')
        if len(words) == 1 and words[0] in PLURALS:
            return self._collection(request, PLURALS[words[0]], limited)
        if len(words) == 2 and words[0] in schema.TYPES:
            return self._one(request, words[0], words[1], limited)
        raise Refusal(404, f"Not found: '{request.path}'")

    def _collection(self, request: Request, kind: str, limited: Caller | None) -> Answer:
        if request.method == 'GET':
            return Answer(body=self._listed(kind, request.query, request.base, limited))
        self._require_zookeeper()
        if self.behaviour.quota is not None and self.store.count(kind) >= self.behaviour.quota:
            raise Refusal(412, f'quota limit ({self.behaviour.quota}) exceeded for resource {kind}')
        given = request.body[kind]
        made = changes.create(self.store, kind, given, request.base, self.behaviour.has_transformer)
        return Answer(body=made)

    def _one(self, request: Request, kind: str, uuid: str, limited: Caller | None) -> Answer:
        if request.method == 'GET':
            if kind == 'project':
                self.projects.on_demand(uuid)
            found = changes.found(self.store, uuid, kind)
            _require_own(found, limited)
            return Answer(body={kind: shapes.whole(self.store, found, request.base, _view(request.query))})
        self._require_zookeeper()
        if request.method == 'PUT':
            found = changes.found(self.store, uuid, kind)
            changes.update(self.store, found, request.body[kind])
            return Answer(body={kind: shapes.short(found, request.base)})
        if kind in _DRAFTED and self.behaviour.is_drafting and uuid in self.store.objects:
            return Answer(202, '', TEXT)
        changes.delete(self.store, kind, uuid, request.base, self.behaviour.has_transformer)
        return Answer(200, '', TEXT)

    def _listed(self, kind: str, options: Mapping[str, str], base: str, limited: Caller | None) -> Any:
        if not self.behaviour.has_database:
            raise Refusal(404, 'The objects cannot be listed')
        unreadable = frozenset(self.behaviour.unreadable)
        return listing.document(self.store, listing.Asked(kind, options, base, limited, unreadable))

    def _bulk(self, request: Request) -> Any:
        body = dict(request.body)
        kind = body.pop('type')
        options = {name: str(value) for name, value in body.items() if value is not None}
        return self._listed(kind, options, request.base, None)

    def _require_zookeeper(self) -> None:
        if not self.behaviour.has_zookeeper:
            raise Refusal(503, 'Not connected to zookeeper. Not able to perform requested action')

    def _permissions(self, request: Request) -> Any:
        if self.behaviour.aaa_mode == 'no-auth':
            return {**_RAW_PERMISSIONS, 'permissions': 'RWX'}
        token = request.headers.get('x-user-token')
        if not token:
            raise Refusal(400, 'User token needed for validation')
        caller = self._identity.caller(token)
        if caller is None:
            raise Refusal(403, 'Permission Denied')
        return {
            'token_info': dict(caller.info),
            'is_cloud_admin_role': _is_admin(caller),
            'is_global_read_only_role': False,
            'permissions': 'RWX' if _is_admin(caller) else '',
        }

    def _mode(self, request: Request) -> Any:
        if request.method == 'PUT':
            self.behaviour.aaa_mode = request.body['aaa-mode']
        return {'aaa-mode': self.behaviour.aaa_mode}

    def _to_id(self, request: Request) -> Any:
        found = self.store.named(request.body['type'], tuple(request.body['fq_name']))
        if found is None:
            raise Refusal(404, f'Name {request.body["fq_name"]} not found')
        return {'uuid': found.uuid}

    def _to_name(self, request: Request) -> Any:
        found = changes.found(self.store, request.body['uuid'])
        return {'type': found.type, 'fq_name': list(found.name)}

    def _chown(self, request: Request) -> Any:
        found = changes.found(self.store, request.body['uuid'])
        found.properties['perms2']['owner'] = request.body['owner']
        return {}

    def _pairs(self, request: Request) -> Any:
        operation, key, pairs = request.body['operation'], request.body.get('key'), self.store.pairs
        if operation == 'STORE':
            pairs[key] = request.body['value']
            return None
        if operation == 'RETRIEVE' and key is None:
            return {'value': [{'key': name, 'value': value} for name, value in pairs.items()]}
        if key not in pairs:
            raise Refusal(404, f'Unknown User-Agent key {key}')
        return {'value': pairs[key] if operation == 'RETRIEVE' else pairs.pop(key)}


def _is_admin(caller: Caller) -> bool:
    return 'admin' in caller.roles


def _require_own(found: Object, limited: Caller | None) -> None:
    if limited and not listing.may_see(found, limited):
        raise Refusal(403, 'Permission Denied')


def _view(query: Mapping[str, str]) -> shapes.View:
    fields = query.get('fields')
    return shapes.View(
        frozenset(fields.split(',')) if fields is not None else None,
        children='exclude_children' not in query,
        back_refs='exclude_back_refs' not in query,
        hrefs='exclude_hrefs' not in query,
    )


def _homepage(base: str) -> Any:
    links = [
        {'link': {'rel': rel, 'href': f'{base}/{path}', 'name': kind, 'method': None}}
        for kind in schema.TYPES
        for rel, path in (('collection', f'{kind}s'), ('resource-base', kind))
    ]
    return {'href': base, 'links': links}
