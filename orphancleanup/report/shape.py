"""Whether a report that was kept has what is told from it: nothing seals it, and somebody may have edited it. Pure."""

import datetime
from typing import Any

from orphancleanup.outcome import Result
from orphancleanup.report import outcomes


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_result(value: object) -> bool:
    return isinstance(value, str) and value in set(Result)


def _is_nothing(value: object) -> bool:
    return value is None


# An object is told by its members, a list by its only element, alternatives by a tuple, all else by a type or a test.
_TIME_OR_NOT = (_is_time, _is_nothing)
_REASON = {'code': str, 'text': str}
_STEP = {'name': str, 'level': str, 'option': str}
_TEST = {'name': str, 'ending': str, 'certainty': str, 'how': str, 'failure': str}
_EVIDENCE = {'source': str, 'text': str, 'request_id': str}
_BLOCKER = {'ref': str, 'name': str, 'project': str, 'status': str, 'standing': str}
_REQUEST = {
    'method': str, 'service': str, 'path': str, 'status': (int, _is_nothing), 'text': str, 'request_id': str,
}  # fmt: skip
_ATTEMPT = {
    'step': str, 'level': str, 'reply': str, 'at': _TIME_OR_NOT, 'text': str, 'requests': [_REQUEST],
}  # fmt: skip
_OUTCOME = {
    **dict.fromkeys(outcomes.FIELDS, str),
    'created_at': _TIME_OR_NOT,
    'updated_at': _TIME_OR_NOT,
    'reasons': [_REASON],
    'result': _is_result,
    'owners': [str],
    'others': [{'resource_type': str, 'id': str}],
    'alters': [str],
    'steps': [str],
    'attempts': [_ATTEMPT],
    'blockers': [_BLOCKER],
    'next_step': (_STEP, _is_nothing),
    'evidence': [_EVIDENCE],
    'test': (_TEST, _is_nothing),
}
_REPORT = {
    'tool_version': str,
    'cloud': {'region': str},
    'outcomes': [_OUTCOME],
    'run': {'id': str, 'started': _is_time, 'ended': _is_time, 'interrupted': bool},
}


def is_whole(report: object) -> bool:
    """Return whether a report of a run has all that is told from it."""
    return _fits(report, _REPORT)


def _fits(value: Any, shape: Any) -> bool:
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            name in value and _fits(value[name], each) for name, each in shape.items()
        )
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(each, shape[0]) for each in value)
    if isinstance(shape, tuple):
        return any(_fits(value, each) for each in shape)
    return isinstance(value, shape) if isinstance(shape, type) else bool(shape(value))
