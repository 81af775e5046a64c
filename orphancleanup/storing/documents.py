"""JSON documents that are kept in files: their seal, and reading them without believing them."""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from orphancleanup.errors import OrphancleanupError

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(',', ':'))
_PLAIN = json.JSONEncoder()
#: makes the error to raise from the rest of a sentence that begins with the file's name (``is cut off``)
Refuse = Callable[[str], OrphancleanupError]


@dataclass(frozen=True, slots=True)
class Rows:
    """An array of a document whose elements are made while it is written: tens of thousands are never there at once.

    :param make: yields the elements, anew each time.
    """

    make: Callable[[], Iterable[Any]]


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of a document, piece by piece: a member a line, and of ``Rows`` an element a line."""
    opening = '{'
    for name, value in document.items():
        yield f'{opening}\n {json.dumps(name)}: '
        opening = ','
        if isinstance(value, Rows):
            yield from _array(value, '\n  ', '\n ', _PLAIN)
        else:
            yield json.dumps(value)
    yield '\n}\n' if opening == ',' else '{}\n'


def seal(document: Mapping[str, Any], name: str) -> str:
    """Return the checksum of a document without its own member ``name``.

    :returns: ``sha256:`` and 64 hexadecimal digits, over the canonical form (sorted keys, no spaces, ASCII).
    """
    digest = hashlib.sha256()
    opening = '{'
    for key in sorted(document):
        if key == name:
            continue
        digest.update(f'{opening}{json.dumps(key)}:'.encode())
        opening = ','
        value = document[key]
        pieces = _array(value, '', '', _CANONICAL) if isinstance(value, Rows) else (_CANONICAL.encode(value),)
        for piece in pieces:
            digest.update(piece.encode())
    digest.update(b'}' if opening == ',' else b'{}')
    return 'sha256:' + digest.hexdigest()


def _array(rows: Rows, before: str, after: str, encoder: json.JSONEncoder) -> Iterator[str]:
    encode = encoder.encode
    opening = '['
    for element in rows.make():
        yield f'{opening}{before}{encode(element)}'
        opening = ','
    yield f'{after}]' if opening == ',' else '[]'


def load(text: str, refuse: Refuse) -> dict[str, Any]:
    """Parse a document.

    :raises OrphancleanupError: what ``refuse`` makes, when it is empty, cut off, not JSON, or not an object.
    """
    if not text.strip():
        raise refuse('is empty')
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise refuse('is not JSON that a program wrote: it is nested too deeply') from error
    except ValueError as error:
        raise refuse(_broken(text.strip(), error)) from error
    if not isinstance(document, dict):
        raise refuse(f'holds {_kind_of(document)} where a JSON object belongs')
    return document


def _broken(text: str, error: ValueError) -> str:
    at_end = isinstance(error, json.JSONDecodeError) and error.pos >= len(text)
    if text.startswith('{') and (at_end or not text.endswith('}')):
        return 'is cut off: its end is missing'
    return f'is not JSON ({error})'


def _kind_of(value: object) -> str:
    names = {dict: 'an object', list: 'a list', str: 'a text', bool: 'a truth value', type(None): 'null'}
    return names.get(type(value), 'a number')


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document that knows where it is, so that a refusal can say so."""

    value: Any
    where: str
    refuse: Refuse

    def fail(self, wanted: str) -> NoReturn:
        """Refuse the document: here is something else than ``wanted``."""
        raise self.refuse(
            f'is not as it should be: {self.where} is {_kind_of(self.value)} instead of {wanted}'
        )

    def member(self, name: str) -> 'Node':
        """Return a member of an object, which must be there."""
        where = f'{self.where}.{name}' if self.where else name
        if name not in self.mapping():
            raise self.refuse(f'is not as it should be: {where} is missing')
        return Node(self.value[name], where, self.refuse)

    def mapping(self) -> dict[str, Any]:
        """Return the value, which must be an object."""
        if not isinstance(self.value, dict):
            self.fail('an object')
        return self.value

    def items(self) -> Iterator[tuple[str, 'Node']]:
        """Yield the members of an object."""
        for name, value in self.mapping().items():
            yield name, Node(value, f'{self.where}.{name}', self.refuse)

    def elements(self) -> Iterator['Node']:
        """Yield the elements of a list."""
        if not isinstance(self.value, list):
            self.fail('a list')
        for index, value in enumerate(self.value):
            yield Node(value, f'{self.where}[{index}]', self.refuse)

    def text(self) -> str:
        """Return the value, which must be a text."""
        if not isinstance(self.value, str):
            self.fail('a text')
        return self.value

    def number(self) -> int:
        """Return the value, which must be a whole number."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.fail('a whole number')
        return self.value

    def truth(self) -> bool:
        """Return the value, which must be true or false."""
        if not isinstance(self.value, bool):
            self.fail('a truth value')
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Return the value, which must be a list of texts."""
        return tuple(element.text() for element in self.elements())

    def time(self) -> datetime.datetime:
        """Return the value, which must be an ISO 8601 time with its zone.

        :returns: aware, UTC.
        """
        try:
            time = datetime.datetime.fromisoformat(self.text())
            if time.tzinfo is None:
                self.fail('a time with its zone')
            return time.astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            self.fail('a time')

    def time_or_none(self) -> datetime.datetime | None:
        """Return the value, which must be a time or null."""
        return None if self.value is None else self.time()
