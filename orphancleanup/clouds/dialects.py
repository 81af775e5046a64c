"""What the API of one service does differently from all others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is special about one service.

    :param token_header: a second header that carries the token.
    :param not_found: what the plain text of its own 404 is; other services answer in JSON.
    """

    token_header: str = ''
    not_found: re.Pattern[str] | None = None

    def is_own(self, text: str) -> bool:
        """Return whether the text of a 404 is that of the service itself."""
        return bool(self.not_found and self.not_found.fullmatch(text.strip()))


PLAIN = Dialect()
DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        # Contrail: obj_perms_http_get takes the token of the user it tells about from a header of its own. Its errors
        # are plain texts; the page of a proxy in front of it has none of these.
        'contrail': Dialect(
            'X-User-Token', re.compile(r'(Unknown id: [^<>]+|ID [^<>]+ does not exist)', re.DOTALL)
        ),
    }
)


def of(service_type: str) -> Dialect:
    """Return what is special about a service; nothing about most."""
    return DIALECTS.get(service_type, PLAIN)
