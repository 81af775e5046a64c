"""Ways in which a JSON document of a service can be less than the truth."""

import copy
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

#: answers the document made wrong, None when there is nothing in it that can be made wrong so
Lie = Callable[[Any], Any]


def lists(document: Any) -> Iterator[str]:
    """Yield the names under which a document has its rows."""
    if isinstance(document, dict):
        yield from (
            name
            for name, value in document.items()
            if isinstance(value, list) and name != 'links' and not name.endswith('_links')
        )


def nothing(document: Any) -> Any:
    """Return a document without any content."""
    return {} if document else None


def no_rows(document: Any) -> Any:
    """Return a listing that ends before its first row; the total that it tells stays."""
    return _cut(document, 0)


def no_last_row(document: Any) -> Any:
    """Return a listing that lacks its last row; the total that it tells stays."""
    return _cut(document, -1)


def no_row_of(words: Collection[str], document: Any) -> Any:
    """Return a listing that lacks the last row with any of some words in it; without such a row, its last."""
    lied, has_cut = copy.deepcopy(document), False
    for name in lists(document):
        rows = document[name]
        chosen = [number for number, row in enumerate(rows) if any(word in json.dumps(row) for word in words)]
        if rows:
            del lied[name][chosen[-1] if chosen else -1]
            has_cut = True
    return lied if has_cut else None


def no_link(document: Any) -> Any:
    """Return a page that does not tell of the next one."""
    if not isinstance(document, dict):
        return None
    lied = {name: value for name, value in document.items() if not name.endswith('_links')}
    if isinstance(document.get('links'), dict) and document['links'].get('next'):
        lied['links'] = {**document['links'], 'next': None}
    return lied if lied != document else None


def _cut(document: Any, end: int) -> Any:
    names = [name for name in lists(document) if document[name]]
    lied = copy.deepcopy(document)
    for name in names:
        lied[name] = lied[name][:end]
    return lied if names else None


#: what the answer is called, to what makes it
LIES: Mapping[str, Lie] = MappingProxyType(
    {
        '200 {}': nothing,
        'an empty list': no_rows,
        'a list without its last row': no_last_row,
        'a list without its link': no_link,
    }
)
