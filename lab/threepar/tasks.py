"""Tasks: what the array does in the background. They run until somebody ends or cancels them."""

from lab.threepar import refusals
from lab.threepar.array import RUNNING, Array, Record, moment

DONE, CANCELLED = 1, 3
_CANCEL = 1


def start(array: Array, volume: str, kind: int, source: str = '') -> Record:
    """Start a task.

    :param volume: the one that it works on, and whose name it has.
    :param kind: the number of its type (2 fills a copy again, 18 is an online copy).
    :param source: the volume that it reads.
    """
    number = array.new_id()
    task = {
        'id': number,
        'type': kind,
        'name': volume,
        'source': source,
        'status': RUNNING,
        'startTime': moment(array.now()),
        'finishTime': '-',
        'priority': 2,
        'user': '3paradm',
    }
    array.tasks[str(number)] = task
    return task


def find(array: Array, number: str) -> Record:
    """Return one task.

    :raises Refused: when there is none.
    """
    if number not in array.tasks:
        raise refusals.NON_EXISTENT_TASK('task does not exist', number)
    return array.tasks[number]


def modify(array: Array, number: str, body: Record) -> None:
    """Cancel a task, as PUT /tasks/<id> does.

    :raises Refused: when there is none, or it has ended.
    """
    task = find(array, number)
    if body.get('action') != _CANCEL:
        raise refusals.INVALID_INPUT('invalid input: bad enum value - action')
    if task['status'] != RUNNING:
        raise refusals.TASK_ENDED('task cannot be cancelled', number)
    end(array, number, CANCELLED)


def end(array: Array, number: str, status: int = DONE) -> None:
    """Let a task be over."""
    array.tasks[number].update(status=status, finishTime=moment(array.now()))
