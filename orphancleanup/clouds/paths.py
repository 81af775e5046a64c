"""Which paths may be asked of a service: ids in them are strangers' words."""

import re
import urllib.parse

from orphancleanup.errors import BadRequest

# Written out, or quoted.
_DOT = re.compile(r'[.%]')
_FORBIDDEN = re.compile(r'[\x00-\x20\x7f?#\\]')


def checked(path: str) -> str:
    """Return the path unchanged when it addresses what it seems to.

    An empty id would address the whole collection, ``..`` another one (urllib3 resolves it before sending), and
    a ``?`` would begin the query.

    :raises BadRequest: when it does not; nothing was sent.
    """
    segments = path.split('/')
    if path != '/' and (
        not path.startswith('/')
        or '' in segments[1:]
        or _FORBIDDEN.search(path)
        or (_DOT.search(path) and any(urllib.parse.unquote(segment) in ('.', '..') for segment in segments))
    ):
        raise BadRequest(
            400, f'{path!r} is no path of a resource: its id or name is not one; nothing was sent.'
        )
    return path
