"""Durations as people type them: ``90m``, ``7d``, ``1h30m``."""

import datetime
import re

from orphancleanup.errors import UsageError

_UNITS = ('weeks', 'days', 'hours', 'minutes', 'seconds')
_FORM = re.compile('(?=.)' + ''.join(f'(?:(?P<{unit}>[0-9]+){unit[0]})?' for unit in _UNITS))
#: ten years: what is longer was mistyped
_LONGEST = datetime.timedelta(days=3653)
_DIGITS = 12


def parse(text: str) -> datetime.timedelta:
    """Read a duration: numbers with a unit each (w, d, h, m, s), the longest unit first.

    :raises UsageError: when it is not of that form, nothing at all, or longer than ten years.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise UsageError(
            f'{text!r} is not a duration: write numbers with a unit each, the longest first '
            f'(w, d, h, m, s), for instance 90m, 7d or 1h30m.'
        )
    parts = {unit: number for unit, number in match.groupdict().items() if number}
    if any(len(number) > _DIGITS for number in parts.values()):
        raise UsageError(f'The duration {text!r} is longer than ten years.')
    try:
        duration = datetime.timedelta(**{unit: int(number) for unit, number in parts.items()})
    except OverflowError:
        duration = datetime.timedelta.max
    if duration > _LONGEST:
        raise UsageError(f'The duration {text!r} is longer than ten years.')
    if not duration:
        raise UsageError(f'The duration {text!r} is zero; give a longer one.')
    return duration
