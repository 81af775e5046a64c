"""What an answer of a service says: its document, its request id, and its error in one line."""

import datetime
import email.utils
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 500
_TAG = re.compile(r'<(script|style)\b.*?</\1\s*>|<[^>]*>', re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r'<br\s*/?>', re.IGNORECASE)
# A user and a password before a host; the password may have an @ of its own.
_LOGIN = re.compile(r'(?<=://)[^\s/?#]*@')
_REQUEST_IDS = ('x-openstack-request-id', 'x-compute-request-id')


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered.

    :param headers: their names in any case.
    """

    status_code: int
    reason: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(errors='replace')


def document(response: Reply) -> Any:
    """Return the parsed document, None when there is no content.

    :raises ValueError: when it is not JSON.
    """
    return json.loads(response.content) if response.content.strip() else None


def request_id(response: Reply) -> str:
    """Return the service's request id, empty when it gave none."""
    return next((printable(response.headers[name]) for name in _REQUEST_IDS if name in response.headers), '')


def message(response: Reply) -> str:
    """Return what the service says is wrong, in one line that is safe on a terminal; else the status' name."""
    try:
        parsed = document(response)
    except ValueError:
        # UnicodeDecodeError is one, too.
        parsed = _plain(response.content.decode(errors='replace'))
    # Glance puts line breaks of HTML into its JSON.
    found = parsed if isinstance(parsed, str) else _BREAK.sub(' ', _told(parsed))
    return printable(found or response.reason or 'no reason was given')


def printable(text: str) -> str:
    """Return the text on one line without control characters and passwords in addresses, cut when it is long."""
    line = without_password(' '.join(''.join(each if each.isprintable() else ' ' for each in text).split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'


def without_password(text: str) -> str:
    """Return the text with user and password taken out of every address in it (``http://user:secret@host``)."""
    return _LOGIN.sub('', text)


def pause(response: Reply, now: datetime.datetime) -> float:
    """Return the seconds that Retry-After asks for, 0 when it does not.

    :param now: aware; Retry-After may be a date (RFC 9110, 10.2.3).
    """
    value = response.headers.get('retry-after', '').strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, (moment - now).total_seconds())


def _told(parsed: Any) -> str:
    """Find the sentence in the shapes that the services use.

    ``{"badRequest": {"message"}}`` of Nova and Cinder, ``{"NeutronError": {"message"}}``, ``{"error": {"message",
    "traceback"}}`` of Heat and Keystone, ``{"faultstring"}`` of Octavia, ``{"errors": [{"detail"}]}`` of Placement.
    """
    if isinstance(parsed, list):
        return next((told for told in map(_told, parsed) if told), '')
    if not isinstance(parsed, dict):
        return ''
    for name in ('message', 'faultstring', 'detail', 'title'):
        if isinstance(parsed.get(name), str) and parsed[name] and (name != 'title' or not _nested(parsed)):
            return str(parsed[name])
    return _nested(parsed)


def _nested(parsed: dict[str, Any]) -> str:
    for name, value in parsed.items():
        if name == 'NeutronError' and isinstance(value, str):
            return value
        told = _told(value) if isinstance(value, dict | list) else ''
        if told:
            return told
    return ''


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub(' ', text)) if '<' in text else text
