"""What is told from a kept report is there, or the report is damaged."""

import copy
import json

import pytest

from orphancleanup.report import document, shape
from tests.unit import samples
from tests.unit.report.test_document import DONE, DRY_RUN

WHOLE = json.loads(json.dumps(document.document(DRY_RUN, document.Account(samples.PLAN, done=DONE))))
LEFT = next(number for number, each in enumerate(WHOLE['outcomes']) if each['result'] == 'not-removed')


def edited(*path, to=None):
    """Return the report with one member set otherwise, or left out."""
    report = copy.deepcopy(WHOLE)
    place = report
    for name in path[:-1]:
        place = place[name]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return report


def test_what_the_program_writes_is_whole():
    assert shape.is_whole(WHOLE)


@pytest.mark.parametrize(
    'report',
    [
        [],
        edited('outcomes'),
        edited('outcomes', to={}),
        edited('outcomes', to=[7]),
        edited('run'),
        edited('run', 'interrupted'),
        edited('run', 'ended', to='noon'),
        edited('run', 'ended', to='2026-11-20T12:00:00'),
        edited('cloud', to='here'),
        edited('outcomes', LEFT, 'result', to='lost'),
        edited('outcomes', LEFT, 'result', to=['removed']),
        edited('outcomes', LEFT, 'created_at', to=5),
        edited('outcomes', LEFT, 'reasons', to='none'),
        edited('outcomes', LEFT, 'reasons', to=[{'code': 'named'}]),
        edited('outcomes', LEFT, 'attempts', to=[{}]),
        edited('outcomes', LEFT, 'next_step', to=[]),
        edited('outcomes', LEFT, 'evidence', to=[None]),
        edited('outcomes', LEFT, 'blockers'),
        edited('outcomes', LEFT, 'test', to='a test'),
    ],
)
def test_what_lacks_something_is_damaged(report):
    assert not shape.is_whole(report)
