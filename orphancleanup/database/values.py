"""Values of rows as JSON, so that they come back exactly as they were. Pure."""

import base64
import datetime
import decimal
import functools
from collections.abc import Mapping
from typing import Any

#: column to value, as the driver has it
Row = Mapping[str, Any]


def plain(value: Any) -> Any:
    """Return what stands for a value in JSON.

    :raises TypeError: for a value that could not be read back.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime.datetime):
        return {'datetime': value.isoformat()}
    if isinstance(value, datetime.date):
        return {'date': value.isoformat()}
    if isinstance(value, bytes | bytearray | memoryview):
        return {'bytes': base64.b64encode(bytes(value)).decode('ascii')}
    if isinstance(value, decimal.Decimal):
        return {'decimal': str(value)}
    raise TypeError(f'a value of the type {type(value).__name__} cannot be kept in an undo file')


def restored(value: Any) -> Any:
    """Return the value that :func:`plain` was given.

    :raises ValueError: when it stands for none.
    """
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((kind, text),) = value.items()
        if kind in _READERS and isinstance(text, str):
            return _READERS[kind](text)
    raise ValueError(f'{value!r} stands for no value')


_READERS: Mapping[str, Any] = {
    'datetime': datetime.datetime.fromisoformat,
    'date': datetime.date.fromisoformat,
    'bytes': functools.partial(base64.b64decode, validate=True),
    'decimal': decimal.Decimal,
}


def plain_row(row: Row) -> dict[str, Any]:
    """Return what stands for a row in JSON."""
    return {name: plain(value) for name, value in row.items()}


def restored_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row that :func:`plain_row` was given."""
    return {name: restored(value) for name, value in row.items()}
