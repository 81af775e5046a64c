"""The lines for sudoers: whole commands, no patterns."""

import pytest

from orphancleanup.errors import UsageError
from orphancleanup.plugins.threepar_lun.host import sudoers


def test_each_line_allows_one_whole_command() -> None:
    told = sudoers.lines('cleanup', '/usr/bin/orphancleanup-host')
    assert told[1:] == (
        'cleanup ALL=(root) NOPASSWD: /usr/bin/orphancleanup-host scan',
        'cleanup ALL=(root) NOPASSWD: /usr/bin/orphancleanup-host stop',
    )
    assert not set('*?[]!\\') & set(''.join(told))


def test_reading_alone_can_be_allowed() -> None:
    assert 'stop' not in ''.join(sudoers.lines('cleanup', '/usr/bin/orphancleanup-host', may_stop=False))


@pytest.mark.parametrize(
    ('account', 'program'),
    [('a b', '/x'), ('ALL', '/x'), ('', '/x'), ('a', 'x'), ('a', '/x *'), ('a', '/x,/bin/sh')],
)
def test_what_would_mean_something_else_is_refused(account: str, program: str) -> None:
    with pytest.raises(UsageError):
        sudoers.lines(account, program)
