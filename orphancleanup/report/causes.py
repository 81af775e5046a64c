"""Why something is left, as plain JSON values and as lines: what was tried and answered, and what stands in the way."""

from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.model import Project
from orphancleanup.outcome import Attempt, Blocker
from orphancleanup.report.projects import project_name

Record = dict[str, Any]


def attempt_record(attempt: Attempt) -> Record:
    """Return a step that was tried."""
    return {
        'step': attempt.step,
        'level': str(attempt.level),
        'reply': attempt.reply,
        'at': attempt.at.isoformat() if attempt.at else None,
        'text': attempt.text,
        'request_id': attempt.request_id,
        'requests': [each._asdict() for each in attempt.exchanges],
    }


def attempt_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for a record of a step: the step, then each of its requests."""
    yield f'{told["step"]} ({told["level"]}), {told["at"] or "at an unknown time"}: {told["reply"]}'
    if told['text'] and not told['requests']:
        yield f'  {told["text"]}'
    for each in told['requests']:
        status = f'HTTP {each["status"]}' if each['status'] else 'no usable answer'
        request = f' ({each["request_id"]})' if each['request_id'] else ''
        said = f': {each["text"]}' if each['text'] else ''
        yield f'  {each["method"]} {each["service"]} {each["path"]} -> {status}{request}{said}'


def blocker_record(blocker: Blocker, projects: Mapping[str, Project]) -> Record:
    """Return something that stands in the way."""
    return {
        'ref': str(blocker.ref),
        'name': blocker.name,
        'project_id': blocker.project_id,
        'project': blocker.project or project_name(blocker.project_id, projects),
        'status': blocker.status,
        'standing': blocker.standing,
    }


def blocker_line(told: Mapping[str, Any]) -> str:
    """Return one line for a record of what stands in the way."""
    facts = (told['name'], told['status'], f'project {told["project"]}' if told['project'] else '')
    shown = ', '.join(filter(None, facts))
    return f'{told["ref"]}{f" ({shown})" if shown else ""}: {told["standing"]}'
