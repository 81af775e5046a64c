"""What code of others raises costs what it was asked for, and never the program."""

import sys

import pytest

from orphancleanup.strangers import EndsProgram, attempted, guarded


def test_what_ends_the_program_is_an_error_as_any_other():
    with pytest.raises(ValueError, match=r'it ends the program with SystemExit\(0\)'), guarded(told):
        sys.exit(0)


def test_what_may_pass_passes():
    with pytest.raises(KeyError), guarded(told, KeyError):
        raise KeyError('x')


def test_an_attempt_returns_what_would_end_the_program():
    assert isinstance(attempted(lambda: sys.exit('enough')), EndsProgram)


def told(error: Exception) -> Exception:
    return ValueError(f'wrong: {error}')
