"""What the execution writes into the journal, and reads from it when a run is resumed."""

from collections.abc import Iterable
from typing import Any

from orphancleanup.execute.item import Item
from orphancleanup.execute.jobs import Answer, Task
from orphancleanup.model import Ref

Record = dict[str, Any]


def intent(task: Task) -> Record:
    """Return the record of what is about to be asked for."""
    return {'event': 'intent', 'kind': task.ref.kind, 'id': task.ref.id, 'step': task.step}


def answer(step: str, one: Answer) -> Record:
    """Return the record of what a service answered."""
    return {
        'event': 'answer',
        'kind': one.ref.kind,
        'id': one.ref.id,
        'step': step,
        'reply': str(one.reply),
        'text': one.text,
        'request_id': one.request_id,
        'requests': [each._asdict() for each in one.exchanges],
    }


def outcome(item: Item) -> Record:
    """Return the record of what became of a resource."""
    return {
        'event': 'outcome',
        'kind': item.kind,
        'id': item.ref.id,
        'result': str(item.result),
        'text': item.text,
    }


def tried(records: Iterable[Record]) -> frozenset[Ref]:
    """Return what an earlier life of a run meant to remove: what of it is gone counts as removed by the run."""
    return frozenset(
        Ref(record['kind'], record['id']) for record in records if record.get('event') == 'intent'
    )
