r"""The text of ``multipath -ll``, of all versions from 0.4.7 to 0.14.

::

    mpath0 (360002ac...) dm-3 3PARdata,VV                       0.4.7
    [size=38G][features=0][hwhandler=0][rw]
    \_ round-robin 0 [prio=0][enabled]
     \_ 8:0:2:3 sdr 65:16 [failed][faulty]

    mpatha (360002ac...) dm-23 3PARdata,VV                      0.4.9 and newer; without an alias, the WWID alone
    size=38G features='1 queue_if_no_path' hwhandler='1 alua' wp=rw
    `-+- policy='service-time 0' prio=0 status=enabled
      |- 8:0:2:3 sdr 65:16 failed faulty running
      `- #:#:#:# -   #:#   failed undef  unknown                a path whose device has vanished

Before a map there may stand what was done to it (``reload:``), on a terminal there are colours, and lines of the log
are mixed in. Vendor and product are no means to know a map by: they are ``##,##`` when no path is known.
"""

import re
from collections.abc import Iterator

from orphancleanup.plugins.threepar_lun.host.listed import UNDEFINED, UNKNOWN, Listed
from orphancleanup.plugins.threepar_lun.hosts import Path

_COLOURS = re.compile(r'\x1b\[[0-9;]*[A-Za-z]')
_MAP = re.compile(
    r'(?:[a-z ]+: )?(?P<name>\S+)(?: \((?P<wwid>[^()\s]+)\))? (?P<device>dm-\d+|undef)\b(?: |$)'
)
_PATH = re.compile(
    r'[\s|`\\_+-]*\s?(?P<address>\d+:\d+:\d+:\d+|#:#:#:#) +(?P<device>\S+) +(?P<number>\d+:\d+|#:#)(?P<states>.*)'
)
_BRACKETED = re.compile(r'\[([^\]]*)\]')
#: what the last word of a path can be; in 0.4.7 there is none
_DEVICE_STATES = frozenset({'running', 'offline', 'unknown'})


def parse(text: str) -> tuple[Listed, ...]:
    """Read a listing. Lines that are none of its own are passed over; what is cut tells less, and nothing wrong."""
    found: list[tuple[Listed, list[Path]]] = []
    for line in _lines(text):
        path = _PATH.fullmatch(line)
        if path is not None:
            if found:
                found[-1][1].append(_path(path))
            continue
        header = _MAP.match(line)
        if header is not None:
            found.append((_map(header), []))
    return tuple(Listed(each.wwid, each.name, each.device, tuple(paths)) for each, paths in found)


def _lines(text: str) -> Iterator[str]:
    for line in _COLOURS.sub('', text).split('\n'):
        yield line.rstrip()


def _map(header: re.Match[str]) -> Listed:
    name, device = header['name'], header['device']
    return Listed(header['wwid'] or name, name, '' if device == UNDEFINED else device)


def _path(path: re.Match[str]) -> Path:
    mapper, checker, device = _states(path['states'])
    return Path(
        device='' if path['device'] == '-' else path['device'],
        address=_known(path['address']),
        number=_known(path['number']),
        mapper_state=mapper,
        checker_state=checker,
        device_state=device,
    )


def _known(text: str) -> str:
    return '' if '#' in text else text


def _states(text: str) -> tuple[str, str, str]:
    """Return what device mapper, the checker and the kernel say; a checker's word may be two (``i/o pending``)."""
    bracketed = _BRACKETED.findall(text)
    words = bracketed or text.split()
    mapper, rest = (words[0] if words else UNDEFINED), words[1:]
    device = rest.pop() if rest and rest[-1] in _DEVICE_STATES else UNKNOWN
    return mapper, ' '.join(rest) or UNDEFINED, device
