"""What the execution writes into the journal, and reads from it when a run is resumed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from orphancleanup.execute.events import Reply
from orphancleanup.execute.item import Item
from orphancleanup.execute.jobs import Answer, Task
from orphancleanup.execute.moves import UNCHANGED
from orphancleanup.model import Ref

Record = dict[str, Any]
_UNTOUCHED = UNCHANGED | {Reply.TOO_LATE}


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
    """Return what an earlier life of a run may have begun to remove: what of it is gone counts as removed by the run.

    What each step was refused for has not changed, and is none of it.
    """
    sent: Counter[Ref] = Counter()
    for record in records:
        ref = Ref(str(record.get('kind')), str(record.get('id')))
        if record.get('event') == 'intent':
            sent[ref] += 1
        elif record.get('event') == 'answer' and record.get('reply') in _UNTOUCHED:
            sent[ref] -= 1
    return frozenset(ref for ref, number in sent.items() if number > 0)
