"""What an answer says, in one line that is safe on a terminal."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from orphancleanup.clouds import answers

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@dataclass
class Answer:
    content: bytes = b''
    reason: str = 'Not Found'
    status_code: int = 404
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict)


def told(body: Any) -> str:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answers.message(Answer(content))


@pytest.mark.parametrize(
    'body',
    [
        {'badRequest': {'message': 'the sentence', 'code': 400}},
        {'itemNotFound': {'code': 404, 'message': 'the sentence'}},
        {'NeutronError': {'type': 'NetworkInUse', 'message': 'the sentence', 'detail': 'not this'}},
        {'NeutronError': 'the sentence'},
        {'error': {'code': 404, 'message': 'the sentence', 'title': 'Not Found'}},
        {'explanation': 'not this', 'code': 404, 'title': 'Not Found',
         'error': {'message': 'the sentence', 'traceback': 'Traceback ...', 'type': 'EntityNotFound'}},
        {'message': 'the sentence<br /><br />\n\n\n', 'code': '404 Not Found', 'title': 'Not Found'},
        {'faultcode': 'Client', 'faultstring': 'the sentence', 'debuginfo': None},
        {'errors': [{'status': 404, 'title': 'Not Found', 'detail': 'the sentence'}]},
        b'the\n sentence\r\n',
        b'<html><head><style>body {}</style><script>evil()</script></head><body>the <b>sentence</b></body></html>',
    ],
)  # fmt: skip
def test_the_services_sentence_is_found(body: Any) -> None:
    assert told(body) == 'the sentence'


@pytest.mark.parametrize('body', [b'', b'{}', b'[]', b'{"a": 1}', b'\xff' * 0, {'error': None}])
def test_without_a_sentence_the_status_speaks(body: Any) -> None:
    assert told(body) == 'Not Found'


def test_nothing_that_a_terminal_obeys_comes_through() -> None:
    assert told({'e': {'message': 'a\x1b]0;evil\x07b\u202ec\u2028d\x9be\x00'}}) == 'a ]0;evil b c d e'
    assert told(b'\xff\xfe broken') == '\ufffd\ufffd broken'


def test_passwords_in_addresses_are_taken_out() -> None:
    assert told({'e': {'message': "no mysql+pymysql://nova:p@ss@db/nova, http://h/x@y?a='z@w'"}}) == (
        "no mysql+pymysql://db/nova, http://h/x@y?a='z@w'"
    )


def test_a_long_sentence_is_cut() -> None:
    assert told({'e': {'message': 'x' * 9999}}) == 'x' * 499 + '…'


def test_names_in_angle_brackets_survive_in_json() -> None:
    assert told({'e': {'message': 'Network <a> is in use'}}) == 'Network <a> is in use'


@pytest.mark.parametrize('name', ['X-Openstack-Request-Id', 'x-compute-request-id'])
def test_the_request_id_is_found_under_both_names(name: str) -> None:
    assert answers.request_id(Answer(headers=CaseInsensitiveDict({name: 'req-1'}))) == 'req-1'
    assert answers.request_id(Answer()) == ''


@pytest.mark.parametrize(
    ('value', 'seconds'),
    [('12', 12.0), ('Thu, 01 Jan 2026 00:01:00 GMT', 60.0), ('Wed, 31 Dec 2025 00:00:00 GMT', 0.0),
     ('Thu, 01 Jan 2026 00:01:00 -0000', 60.0), ('never', 0.0), ('', 0.0), ('1e9', 0.0)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float) -> None:
    assert answers.pause(Answer(headers=CaseInsensitiveDict({'Retry-After': value})), NOW) == seconds
