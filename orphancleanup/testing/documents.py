"""JSON documents as a service sends them: each caller's own."""

import copy
from typing import Any

_PLAIN = frozenset({str, int, float, bool, type(None)})


def copied(document: Any) -> Any:
    """Return a deep copy; of what JSON has, several times faster than :func:`copy.deepcopy`."""
    kind = type(document)
    if kind is dict:
        return {name: each if type(each) in _PLAIN else copied(each) for name, each in document.items()}
    if kind is list:
        return [each if type(each) in _PLAIN else copied(each) for each in document]
    return document if kind in _PLAIN else copy.deepcopy(document)
