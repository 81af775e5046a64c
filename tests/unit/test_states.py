"""What a status says, whatever its service writes large or small."""

import pytest

from orphancleanup import states


@pytest.mark.parametrize(
    ('status', 'is_broken', 'is_leaving'),
    [
        ('error', True, False),
        ('ERROR', True, False),
        ('error_deleting', True, False),
        ('DELETE_FAILED', True, False),
        ('provisioning_error', True, False),
        ('deleting', False, True),
        ('DELETING', False, True),
        ('soft-deleting', False, True),
        ('DELETE_IN_PROGRESS', False, True),
        ('DELETE_COMPLETE', False, False),
        ('terror', False, False),
        ('available', False, False),
        ('', False, False),
    ],
)
def test_a_status_is_broken_or_on_its_way_out_or_neither(
    status: str, is_broken: bool, is_leaving: bool
) -> None:
    assert (states.is_broken(status), states.is_leaving(status)) == (is_broken, is_leaving)
