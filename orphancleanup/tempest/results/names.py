"""The ids of tests: what is the class in them, and what the tags behind them."""

import re

_TAGS = re.compile(r'\[[^\]]*\]$')
#: how testtools calls what fails before or after the tests of a class
_FIXTURE = re.compile(r'(?:setUpClass|tearDownClass) \((?P<class>[\w.]+)\)')


def without_tags(identifier: str) -> str:
    """Return ``tempest.api.x.Class.test_y`` of ``tempest.api.x.Class.test_y[id-5ab1,smoke]``."""
    return _TAGS.sub('', identifier)


def class_of(identifier: str) -> str:
    """Return the class of a test, with its module; empty when the id has none."""
    fixture = _FIXTURE.fullmatch(identifier)
    if fixture:
        return fixture['class']
    return without_tags(identifier).rpartition('.')[0]


def failure_in(text: str) -> str:
    """Return the line of a traceback that says what went wrong: the first that is not indented after the calls."""
    lines = text.splitlines()
    starts = [
        number for number, line in enumerate(lines) if line.startswith('Traceback (most recent call last)')
    ]
    for line in lines[starts[-1] + 1 :] if starts else lines:
        if line.strip() and not line.startswith((' ', '\t')):
            return line.strip()
    return ''
