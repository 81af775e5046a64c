"""What tests of another process ask of the array that no array has: faults, a clock to turn, fields to set."""

from typing import TYPE_CHECKING, Any

from lab.threepar import tasks, volumes
from lab.threepar.array import Record
from lab.threepar.faults import Fault
from lab.threepar.routes import Answer

if TYPE_CHECKING:
    from lab.threepar.server import Simulator

PREFIX = '/lab/'


def answer(simulator: 'Simulator', method: str, url: str, body: Record) -> Answer:
    """Answer a request for ``faults``, ``clock``, ``requests``, ``reset``, ``tasks`` or ``volumes/<name>``."""
    word, _, rest = url.removeprefix(PREFIX).partition('/')
    acts = {
        'faults': _faults,
        'clock': _clock,
        'requests': _requests,
        'reset': _reset,
        'tasks': _task,
        'volumes': _volume,
    }
    if word not in acts:
        return Answer(404, {'code': 11, 'desc': 'invalid URI'})
    found = acts[word](simulator, method, rest, body)
    simulator.array.save()
    return Answer(body=found)


def _faults(simulator: 'Simulator', method: str, _rest: str, body: Record) -> Any:
    """POST adds a fault; DELETE takes all back."""
    if method == 'DELETE':
        simulator.faults.waiting.clear()
    else:
        simulator.faults.waiting.append(Fault(**body))


def _clock(simulator: 'Simulator', _method: str, _rest: str, body: Record) -> Any:
    """POST turns the array's clock forward by ``seconds``."""
    simulator.array.ahead += body['seconds']


def _requests(simulator: 'Simulator', method: str, _rest: str, _body: Record) -> Any:
    """GET tells what was asked so far; DELETE forgets it."""
    if method == 'DELETE':
        simulator.requests.clear()
    return simulator.requests


def _reset(simulator: 'Simulator', _method: str, _rest: str, _body: Record) -> Any:
    """POST empties the array."""
    array = simulator.array
    for records in (
        array.volumes,
        array.vluns,
        array.hosts,
        array.sets,
        array.qos,
        array.tasks,
        array.groups,
    ):
        records.clear()


def _task(simulator: 'Simulator', _method: str, rest: str, body: Record) -> Any:
    """POST starts a task on the volume ``name``; DELETE ends the one with that number."""
    if rest:
        tasks.end(simulator.array, rest)
        return None
    return tasks.start(simulator.array, body['name'], body.get('type', 18), body.get('source', ''))


def _volume(simulator: 'Simulator', _method: str, rest: str, body: Record) -> Any:
    """PATCH sets fields of a volume as they are given."""
    record = volumes.find(simulator.array, rest)
    record.update(body)
    return record
