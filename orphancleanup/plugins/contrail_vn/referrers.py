"""What keeps an object from being deleted, as it is shown whole. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.errors import IncompleteListing
from orphancleanup.records import Record


def of(record: Record, what: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of what refers to an object or is below it, each with a uuid, those of unknown types included.

    :param what: what the record is about.
    :raises IncompleteListing: when one of them has something else in it.
    """
    for field, value in record.items():
        if field.endswith('_back_refs') or (not field.endswith('_refs') and _is_of_objects(value)):
            for each in value or ():
                if not isinstance(each, Mapping) or not isinstance(each.get('uuid'), str):
                    raise IncompleteListing(f'{what} came with {each!r:.80} in {field!r}: it tells nothing.')
                yield field, each['uuid']


def _is_of_objects(value: Any) -> bool:
    """Return whether a field has children in it: they have a name and a uuid, and nothing that is a property has."""
    return isinstance(value, list) and any(
        isinstance(each, Mapping) and each.keys() >= {'to', 'uuid'} for each in value
    )
