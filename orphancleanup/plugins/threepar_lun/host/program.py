"""``orphancleanup-host``: what runs on a compute host, with the standard library alone.

Its whole command line is one fixed word, so that sudo can be told exactly what it allows; the question is read from
standard input, and the answer is one JSON document on standard output.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from orphancleanup.clock import SystemClock
from orphancleanup.errors import OrphancleanupError
from orphancleanup.plugins.threepar_lun.host import document
from orphancleanup.plugins.threepar_lun.host.scan import Host, scan
from orphancleanup.plugins.threepar_lun.host.stop import Stop

NAME = 'orphancleanup-host'
#: the command that reads
SCAN = 'scan'
#: the command that changes
STOP = 'stop'
USAGE = f"""\
usage: {NAME} {SCAN}|{STOP}

{SCAN}  print the multipath maps of an array's LUNs on this host
{STOP}  stop input and output to one of them, and remove it with its paths; which one is read from standard input

It is asked by orphancleanup, on this host or through ssh, and answers with one JSON document. Run it as root.
"""
_USAGE_ERROR = 2
#: more than a question ever has
_LONGEST = 1 << 20

Answer = dict[str, Any]


def answer(host: Host, command: str, question: Mapping[str, Any]) -> Answer:
    """Return the answer to one question; what goes wrong on purpose is an answer, too.

    :param command: ``SCAN`` or ``STOP``.
    """
    try:
        if command == SCAN:
            return document.of_maps(scan(host))
        Stop(host, SystemClock(), *document.read_stop(question)).run()
        return document.of_nothing()
    except ValueError as error:
        return document.of_error(
            OrphancleanupError(f'The question is none ({error}); is the same version there?')
        )
    except OrphancleanupError as error:
        return document.of_error(error)


def _question() -> Mapping[str, Any]:
    """Read the question from standard input; what is none is an empty one, which every command refuses that has any."""
    try:
        return document.read(sys.stdin.read(_LONGEST))
    except ValueError:
        return {}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    :returns: 0 when an answer was given, whatever it says; 2 for another command line.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words not in ([SCAN], [STOP]):
        print(USAGE, end='', file=sys.stderr)
        return 0 if words in (['-h'], ['--help']) else _USAGE_ERROR
    told = answer(Host(os.uname().nodename), words[0], _question() if words == [STOP] else {})
    print(json.dumps(told), flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
