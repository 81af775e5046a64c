"""A JUnit file, as ``subunit2junitxml`` and pytest write it. It seldom tells when a test ran."""

import datetime
from xml.etree import ElementTree

from orphancleanup.errors import UsageError
from orphancleanup.judging.trials import Ending, TestRun, Trial
from orphancleanup.tempest.results import names


def read(content: bytes, source: str) -> TestRun:
    """Read a file.

    :param source: the file's name.
    :raises UsageError: when it is not XML.
    """
    try:
        root = ElementTree.fromstring(content)
    # Of an encoding that it does not know it raises LookupError or ValueError.
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UsageError(f'The test results {source} are not XML that is whole ({error}).') from error
    return TestRun(tuple(_trial(case) for case in root.iter('testcase')), source)


def _trial(case: ElementTree.Element) -> Trial:
    name, class_name = case.get('name', ''), case.get('classname', '')
    identifier = f'{class_name}.{name}' if class_name else name
    began = _time(case.get('timestamp', ''))
    return Trial(
        names.without_tags(identifier),
        class_name or names.class_of(identifier),
        _ending(case),
        began,
        _ended(began, case.get('time', '')) if began else None,
        _failure(case),
    )


def _ending(case: ElementTree.Element) -> Ending:
    if case.find('failure') is not None or case.find('error') is not None:
        return Ending.FAILED
    return Ending.PASSED if case.find('skipped') is None else Ending.SKIPPED


def _failure(case: ElementTree.Element) -> str:
    for name in ('failure', 'error'):
        found = case.find(name)
        if found is not None:
            return names.failure_in(found.text or '') or found.get('message', '')
    return ''


def _time(text: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(text)
        # A time without a zone is anybody's guess.
        return found.astimezone(datetime.UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _ended(began: datetime.datetime, seconds: str) -> datetime.datetime:
    try:
        return began + datetime.timedelta(seconds=max(float(seconds), 0.0))
    except (ValueError, OverflowError):
        return began
