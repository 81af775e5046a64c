"""Which request does what. The whole API that is there, as one table."""

import re
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lab.threepar import exports, hosts, queries, refusals, sets, tasks, volumes
from lab.threepar.array import Array, Record
from lab.threepar.sessions import Sessions

#: of a 3PAR; a Primera's is 40000128 or higher
BUILD = 30303230


@dataclass(frozen=True, slots=True)
class Request:
    """A request, as the functions below see it.

    :param name: what the path ends with.
    """

    name: str
    body: Record
    query: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that says yes."""

    status: int = 200
    body: Any = None
    location: str = ''


Handle = Callable[[Array, Request], Answer | Record | None]


def version(_array: Array) -> Record:
    """Return what GET /api says, without a login."""
    return {'major': 1, 'minor': 6, 'revision': 0, 'build': BUILD}


def answer(array: Array, sessions: Sessions, key: str | None, method: str, url: str, body: Record) -> Answer:
    """Do what a request asks for.

    :param key: of its session.
    :raises Refused: when it must not be done.
    """
    path, _, question = url.partition('?')
    if path == '/api' and method == 'GET':
        return Answer(body=version(array))
    if path.startswith('/api/v1/credentials'):
        return _credentials(sessions, method, path, body)
    sessions.require(key, is_change=method != 'GET')
    for verb, pattern, handle in _ROUTES:
        found = re.fullmatch(pattern, path) if verb == method else None
        if found:
            query = urllib.parse.parse_qs(question).get('query', [None])[0]
            name = urllib.parse.unquote(found[1]) if found.groups() else ''
            result = handle(array, Request(name, body, query))
            if method != 'GET':
                array.save()
            return result if isinstance(result, Answer) else Answer(body=result)
    raise refusals.Refused(404, 11, 'invalid URI')


def _credentials(sessions: Sessions, method: str, path: str, body: Record) -> Answer:
    if method == 'POST':
        return Answer(201, {'key': sessions.login(body)})
    sessions.logout(path.rpartition('/')[2])
    return Answer()


def _listed(records: Callable[[Array], Iterable[Record]]) -> Handle:
    def handle(array: Array, request: Request) -> Record:
        found = queries.select(records(array), request.query)
        return {'total': len(found), 'members': found}

    return handle


def _asked(act: Callable[[Array, Record], Any], status: int = 201) -> Handle:
    def handle(array: Array, request: Request) -> Answer:
        act(array, request.body)
        return Answer(status)

    return handle


def _named(act: Callable[[Array, str], Record | None]) -> Handle:
    return lambda array, request: act(array, request.name)


def _changed(act: Callable[[Array, str, Record], None]) -> Handle:
    return lambda array, request: act(array, request.name, request.body)


def _exported(array: Array, request: Request) -> Answer:
    where = exports.create(array, request.body)
    return Answer(201, location=f'/api/v1/vluns/{urllib.parse.quote(where, safe=",:")}')


def _made_host(array: Array, request: Request) -> Answer:
    hosts.create(array, request.body)
    return Answer(201, location=f'/api/v1/hosts/{request.body["name"]}')


_V1 = '/api/v1'
_ROUTES: tuple[tuple[str, str, Handle], ...] = (
    ('GET', f'{_V1}/volumes', _listed(lambda array: array.volumes.values())),
    ('POST', f'{_V1}/volumes', _asked(volumes.create)),
    ('GET', f'{_V1}/volumes/([^/]+)', _named(volumes.find)),
    ('POST', f'{_V1}/volumes/([^/]+)', _changed(volumes.act)),
    ('PUT', f'{_V1}/volumes/([^/]+)', _changed(volumes.modify)),
    ('DELETE', f'{_V1}/volumes/([^/]+)', _named(volumes.delete)),
    ('GET', f'{_V1}/vluns', _listed(lambda array: array.vluns)),
    ('POST', f'{_V1}/vluns', _exported),
    ('DELETE', f'{_V1}/vluns/([^/]+)', _named(exports.delete)),
    ('GET', f'{_V1}/hosts', _listed(lambda array: array.hosts.values())),
    ('POST', f'{_V1}/hosts', _made_host),
    ('GET', f'{_V1}/hosts/([^/]+)', _named(hosts.find)),
    ('DELETE', f'{_V1}/hosts/([^/]+)', _named(hosts.delete)),
    ('GET', f'{_V1}/volumesets', _listed(lambda array: array.sets.values())),
    ('POST', f'{_V1}/volumesets', _asked(sets.create)),
    ('GET', f'{_V1}/volumesets/([^/]+)', _named(sets.find)),
    ('PUT', f'{_V1}/volumesets/([^/]+)', _changed(sets.modify)),
    ('DELETE', f'{_V1}/volumesets/([^/]+)', _named(sets.delete)),
    ('GET', f'{_V1}/qos', _listed(lambda array: array.qos.values())),
    ('POST', f'{_V1}/qos', _asked(sets.create_rule)),
    ('GET', f'{_V1}/qos/([^/]+)', _named(sets.find_rule)),
    ('DELETE', f'{_V1}/qos/([^/]+)', _named(sets.delete_rule)),
    ('GET', f'{_V1}/tasks', _listed(lambda array: array.tasks.values())),
    ('GET', f'{_V1}/tasks/([^/]+)', _named(tasks.find)),
    ('PUT', f'{_V1}/tasks/([^/]+)', _changed(tasks.modify)),
    ('GET', f'{_V1}/remotecopygroups/([^/]+)', _named(lambda array, name: _group(array, name))),
    ('GET', f'{_V1}/system', lambda array, _: {'name': 'array', 'serialNumber': f'{array.serial}', 'totalNodes': 2}),
)  # fmt: skip


def _group(array: Array, name: str) -> Record:
    if name not in array.groups:
        raise refusals.NON_EXISTENT_GROUP('remote copy group does not exist', name)
    return {'name': name, 'volumes': [{'localVolumeName': each} for each in array.groups[name]]}
