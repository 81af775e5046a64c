"""A subunit stream, of version 2 (``tempest run --subunit``, ``stestr last --subunit``) or 1 (stestr's repository)."""

import datetime
import functools
import io
import re
from dataclasses import dataclass, field
from typing import Any

from orphancleanup.judging.trials import Ending, TestRun, Trial
from orphancleanup.strangers import attempted
from orphancleanup.tempest.results import names

_FIRST = re.compile(rb'(time|tags|test|testing|progress|success(?:ful)?|skip|failure|error): ')
_ENDINGS = {
    'success': Ending.PASSED,
    'xfail': Ending.PASSED,
    'skip': Ending.SKIPPED,
    'fail': Ending.FAILED,
    'uxsuccess': Ending.FAILED,
    'exists': Ending.NOT_RUN,
    'inprogress': Ending.KILLED,
}
#: what the parser itself says of bytes that make no sense: the end of a stream that was cut
_PARSER = 'subunit.parser'
#: what the parser of version 1 says of a test whose end is missing
_LOST = 'lost connection during test'
#: attachments that tell what went wrong; tempest attaches logs, too
_TELLING = ('traceback', 'reason')


@dataclass
class _Seen:
    status: str = 'exists'
    began: datetime.datetime | None = None
    ended: datetime.datetime | None = None
    told: dict[str, bytearray] = field(default_factory=dict)

    def trial(self, identifier: str) -> Trial:
        """Return what was seen as a value."""
        text = b'\n'.join(bytes(self.told[name]) for name in sorted(self.told, reverse=True))
        ending = Ending.KILLED if _LOST.encode() in text else _ENDINGS[self.status]
        failure = names.failure_in(text.decode(errors='replace')) if ending is Ending.FAILED else ''
        name, class_name = names.without_tags(identifier), names.class_of(identifier)
        return Trial(name, class_name, ending, self.began, self.ended, failure)


def read(content: bytes, source: str) -> TestRun:
    """Read a stream as far as it goes.

    :param source: the file's name.
    :returns: a run without tests when it is no stream.
    """
    import testtools

    seen: dict[str, _Seen] = {}

    class Listener(testtools.StreamResult):
        def status(self, test_id: str | None = None, *rest: Any, **told: Any) -> None:
            if test_id:
                _note(seen.setdefault(test_id, _Seen()), told)

    is_torn = (_told_1 if _FIRST.match(content) else _told_2)(content, Listener())
    is_torn = seen.pop(_PARSER, None) is not None or is_torn
    trials = tuple(each.trial(identifier) for identifier, each in seen.items())
    return TestRun(trials, source, is_torn)


def _told_1(content: bytes, result: Any) -> bool:
    """Tell a listener a stream of version 1; return whether it ends in the middle."""
    import subunit
    import testtools

    # What follows the last newline may be a part of a name.
    lines, newline, rest = content.rpartition(b'\n')
    # It forgets the time when it is told of the beginning after it.
    decorated = testtools.ExtendedToStreamDecorator(result)
    decorated.startTestRun()
    # Without a place for lines that make no sense it writes them to our standard output.
    protocol = subunit.ProtocolTestCase(io.BytesIO(lines + newline), passthrough=subunit.DiscardStream())
    # Of what makes no sense it raises whatever comes.
    failure = attempted(functools.partial(protocol.run, decorated))
    return bool(rest) or isinstance(failure, Exception)


def _told_2(content: bytes, result: Any) -> bool:
    """Tell a listener a stream of version 2; return whether it cannot be read to its end."""
    import subunit

    packets = subunit.ByteStreamToStreamResult(io.BytesIO(content), non_subunit_name='stdout')
    return isinstance(attempted(functools.partial(packets.run, result)), Exception)


def _note(seen: _Seen, told: dict[str, Any]) -> None:
    status, when, name = told.get('test_status'), told.get('timestamp'), told.get('file_name') or ''
    if status == 'inprogress':
        # The first is its own; a second one would be another run of the same test.
        seen.began, seen.ended, seen.status = when, None, status
    elif status and status != 'exists':
        seen.began, seen.ended, seen.status = seen.began or when, when, status
    if name.startswith(_TELLING):
        seen.told.setdefault(name, bytearray()).extend(told.get('file_bytes') or b'')
