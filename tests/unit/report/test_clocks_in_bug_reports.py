"""A bug report says how long ago something was only where that makes sense."""

import pytest

from orphancleanup.report import bug_report

REPORT = {'run': {'ended': '2026-11-20T12:00:00+00:00'}}


@pytest.mark.parametrize(
    ('moment', 'told'),
    [
        ('2026-11-20T10:59:00+00:00', ' (1:01:00 before the end of the run)'),
        ('2026-11-20T12:00:00+00:00', ' (0:00:00 before the end of the run)'),
        ('2026-11-20T12:00:10+00:00', ''),
        (None, ''),
    ],
)
def test_an_age_is_never_below_zero(moment: str | None, told: str) -> None:
    assert bug_report._age(moment, REPORT) == told
