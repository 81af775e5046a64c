"""What the API of one service does differently from all others."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from orphancleanup.api import Body

#: methods that change nothing, whatever is asked with them
READING = ('GET', 'HEAD')


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is special about one service.

    :param token_header: a second header that carries the token.
    :param not_found: what the plain text of its own 404 is; other services answer in JSON.
    :param readings: a path to the one body with which a POST there only reads, since a GET does not.
    :param common: a path to what all servers of one installation have in common in the document there.
    """

    token_header: str = ''
    not_found: re.Pattern[str] | None = None
    readings: Mapping[str, Body] = field(default_factory=dict)
    common: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)

    def is_own(self, text: str) -> bool:
        """Return whether the text of a 404 is that of the service itself."""
        return bool(self.not_found and self.not_found.fullmatch(text.strip()))

    def is_reading(self, method: str, path: str, body: object) -> bool:
        """Return whether a request changes nothing.

        :param path: below the address of the service, with its query.
        :param body: as it is sent.
        """
        if method in READING:
            return True
        return method == 'POST' and path in self.readings and body == json.dumps(self.readings[path]).encode()


def _default_domain(document: Any) -> object:
    """Return the uuid of Contrail's default domain, which each installation draws by lot."""
    found = [each['uuid'] for each in document['domains'] if each['fq_name'] == ['default-domain']]
    return found[0] if found else None


PLAIN = Dialect()
DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        # Contrail: obj_perms_http_get takes the token of the user it tells about from a header of its own. Its errors
        # are plain texts; the page of a proxy in front of it has none of these.
        'contrail': Dialect(
            'X-User-Token',
            re.compile(r'(Unknown id: [^<>]+|ID [^<>]+ does not exist)', re.DOTALL),
            {'/useragent-kv': {'operation': 'RETRIEVE', 'key': None}},
            {'/domains': _default_domain, '/obj-perms': lambda document: document['is_cloud_admin_role']},
        ),
    }
)


def of(service_type: str) -> Dialect:
    """Return what is special about a service; nothing about most."""
    return DIALECTS.get(service_type, PLAIN)
