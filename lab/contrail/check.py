"""``python3 -m lab.contrail.check URL``: hold a server, the simulator or a real one, against the table of cases.

The table is a list of requests in their order, each with the answer that is expected. The token of an administrator is
in ``CONTRAIL_TOKEN``, and that of a user without the role in ``CONTRAIL_MEMBER_TOKEN``; without the latter the cases
that need it are passed over, as are those that need a switch of the simulator unless the server is one.
"""

import argparse
import http.client
import json
import os
import re
import secrets
import sys
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parents[2] / 'tests' / 'lab' / 'contrail_cases.json'
TOKENS = {'admin': 'CONTRAIL_TOKEN', 'member': 'CONTRAIL_MEMBER_TOKEN'}
_SECONDS = 60.0
_VARIABLE = re.compile(r'\{(\w+)\}')


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case.

    :ivar fault: what is other than expected; empty when nothing is.
    """

    name: str
    fault: str = ''
    is_skipped: bool = False


@dataclass
class Checker:
    """Goes through the cases; what one of them keeps, later ones may name.

    :ivar tokens: of ``admin`` and of ``member``.
    :ivar is_simulator: whether the server has the switches of the simulator.
    """

    url: str
    tokens: Mapping[str, str] = field(default_factory=dict)
    is_simulator: bool = False
    known: dict[str, str] = field(default_factory=dict)

    def results(self, cases: Sequence[Mapping[str, Any]]) -> Iterator[Result]:
        """Yield what comes of each case."""
        self.known |= {
            'run': secrets.token_hex(4),
            'unknown': str(uuid.uuid4()),
            'project': str(uuid.uuid4()),
        }
        self.known['owner'] = uuid.UUID(self.known['project']).hex
        for case in cases:
            who = case.get('as', 'admin')
            if ('behaviour' in case and not self.is_simulator) or (
                who in TOKENS and not self.tokens.get(who)
            ):
                yield Result(case['name'], is_skipped=True)
            else:
                yield Result(case['name'], self._checked(case, who))

    def _checked(self, case: Mapping[str, Any], who: str) -> str:
        behaviour = case.get('behaviour')
        before = self._steer(behaviour) if behaviour else {}
        try:
            status, text = self._ask(case['ask'], who)
        finally:
            if before:
                self._steer({name: before[name] for name in behaviour or ()})
        expected = self._filled(case['expect'])
        if status != expected['status']:
            return f'status {status} instead of {expected["status"]}: {text[:200]}'
        if 'text' in expected and not re.fullmatch(expected['text'], text, re.DOTALL):
            return f'{text[:300]!r} instead of {expected["text"]!r}'
        if 'json' in expected or 'keep' in case:
            return self._document(case, expected, text)
        return ''

    def _document(self, case: Mapping[str, Any], expected: Mapping[str, Any], text: str) -> str:
        try:
            document = json.loads(text)
        except ValueError:
            return f'{text[:200]!r} is not JSON'
        fault = unlike(document, expected.get('json', {}))
        for name, path in case.get('keep', {}).items() if not fault else ():
            found = document
            for step in path.split('.'):
                found = found[int(step)] if isinstance(found, list) else found[step]
            self.known[name] = str(found)
        return fault

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        if isinstance(value, str):
            return _VARIABLE.sub(lambda match: self.known.get(match[1], match[0]), value)
        return value

    def _steer(self, behaviour: Mapping[str, Any]) -> dict[str, Any]:
        before = json.loads(self._exchange('GET', '/lab/behaviour', None, {})[1])
        self._exchange('POST', '/lab/behaviour', self._filled(dict(behaviour)), {})
        return dict(before)

    def _ask(self, ask: Sequence[Any], who: str) -> tuple[int, str]:
        method, path, *rest = self._filled(list(ask))
        headers = {'X-Auth-Token': self.tokens[who]} if who in TOKENS else {}
        if path.startswith('/obj-perms'):
            headers['X-User-Token'] = headers.get('X-Auth-Token', '')
        return self._exchange(method, path, rest[0] if rest else None, headers)

    def _exchange(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, str]:
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {'Content-Type': 'application/json', **headers})
            response = connection.getresponse()
            try:
                return response.status, response.read().decode()
            except (http.client.HTTPException, ValueError):
                return response.status, '(a broken body)'
        finally:
            connection.close()


def unlike(found: Any, wanted: Any, where: str = 'the document') -> str:
    """Return how a document differs from what is wanted of it; empty when it does not.

    Objects may have more members than wanted, lists may not. ``"<absent>"`` stands for a member that must not be there,
    ``"<any>"`` for anything, and ``"~..."`` for a regular expression.
    """
    if wanted == '<any>':
        return ''
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, each in wanted.items():
            if each == '<absent>' or name not in found:
                if (name in found) is (each == '<absent>'):
                    return f'{where} has {"a" if name in found else "no"} {name!r}'
                continue
            fault = unlike(found[name], each, f'{name!r}')
            if fault:
                return fault
        return ''
    if isinstance(wanted, list) and isinstance(found, list) and len(found) == len(wanted):
        return next(
            (fault for pair in zip(found, wanted, strict=True) if (fault := unlike(*pair, where))), ''
        )
    if isinstance(wanted, str) and wanted.startswith('~') and isinstance(found, str):
        return '' if re.fullmatch(wanted[1:], found) else f'{where} is {found!r}'
    return '' if found == wanted else f'{where} is {found!r} instead of {wanted!r}'


def cases(path: Path = CASES) -> list[dict[str, Any]]:
    """Return the table."""
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a server; exit 1 when anything is other than expected."""
    parser = argparse.ArgumentParser(
        prog='python3 -m lab.contrail.check', allow_abbrev=False, description=__doc__
    )
    parser.add_argument('url', metavar='URL', help='of the API server (http://127.0.0.1:8082)')
    parser.add_argument('--simulator', action='store_true', help='the server is the simulator')
    options = parser.parse_args(arguments)
    tokens = {who: os.environ.get(name, '') for who, name in TOKENS.items()}
    found = list(Checker(options.url, tokens, options.simulator).results(cases()))
    for each in found:
        if each.fault or each.is_skipped:
            print(f'{each.name}: {each.fault or "passed over"}')
    wrong = sum(bool(each.fault) for each in found)
    print(
        f'{len(found)} cases, {wrong} other than expected, {sum(each.is_skipped for each in found)} passed over'
    )
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
