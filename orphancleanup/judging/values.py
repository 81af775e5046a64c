"""In which of its values a resource differs from what it was, in words. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Values = Mapping[str, Any]


def differences(before: Values, now: Values) -> tuple[str, ...]:
    """Return a sentence for each value that is another one.

    What only one of both tells, since another release of the service or of this program told it, is no difference.
    """
    both = sorted(before.keys() & now.keys())
    return tuple(each for name in both for each in _told(name, before[name], now[name]))


def _told(name: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in sorted(before.keys() | now.keys()):
            yield from _told(f'{name} {key}', before.get(key), now.get(key))
    elif isinstance(before, list) and isinstance(now, list):
        yield from (f'{name}: {_text(each)} is gone' for each in before if each not in now)
        yield from (f'{name}: {_text(each)} is new' for each in now if each not in before)
    elif before != now:
        yield f'{name}: was {_text(before)}, is {_text(now)}'


def _text(value: Any) -> str:
    if value is None:
        return 'nothing'
    return value if isinstance(value, str) and value else json.dumps(value)
