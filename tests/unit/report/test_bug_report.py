"""Text for a tracker: complete, and harmless whatever strangers have called their resources."""

import dataclasses
import datetime
import re

import pytest

from orphancleanup.model import Evidence, Level, Ref
from orphancleanup.outcome import Attempt, Blocker, Exchange, NextStep, Outcome, Result
from orphancleanup.report import bug_report, document
from orphancleanup.results import Applied
from tests.unit import samples

EVIL = 'x` ``` ~~~ <img src=x onerror=alert(1)> @everyone #1 [a](javascript:b) `_ |sub|\n\n```\n# Owned\x1b[2J\u202e'
REFUSAL = Exchange('DELETE', 'compute', '/servers/s1', 409, 'in use by port p1', 'req-9')
SEEN = dataclasses.replace(samples.SERVER, name=EVIL, created_at=samples.NOW - datetime.timedelta(hours=2))
OUTCOME = Outcome(
    samples.SERVER.ref,
    EVIL,
    'gone',
    Result.LEFT,
    'delete: HTTP 409: in use by port p1',
    ('delete',),
    NextStep('force-delete', Level.FORCE),
    (Evidence('fault', 'No valid host', 'req-2'), Evidence('user', 'ann'), Evidence('host', 'compute-1')),
    SEEN,
    (Attempt('delete', Level.API, 'refused', samples.NOW, 'in use by port p1', 'req-9', (REFUSAL,)),),
    (Blocker(Ref('neutron-port', 'p1'), 'web', 'p1', 'ACTIVE', 'it is not in the plan, and stays'),),
)


def report(*outcomes: Outcome) -> dict[str, object]:
    done = Applied(
        'run-1',
        samples.PLAN,
        outcomes,
        samples.NOW,
        samples.NOW + datetime.timedelta(minutes=1),
        digest='sha256:x',
    )
    heading = document.Heading('apply', '1.2.3', samples.NOW, 4)
    return document.document(heading, document.Account(samples.PLAN, done=done))


def written(markup: str, *outcomes: Outcome) -> str:
    made = report(*(outcomes or (OUTCOME,)))
    return bug_report.write(made, bug_report.left(made), markup)


@pytest.mark.parametrize('markup', bug_report.MARKUPS)
@pytest.mark.parametrize(
    'fact',
    [
        'A nova-server could not be removed',
        'Program: orphancleanup 1.2.3',
        'Run: run-1, from 2026-11-20T12:00:00+00:00 to 2026-11-20T12:01:00+00:00',
        'Region: RegionOne',
        'Kind: nova-server',
        'ID: s1',
        'Project: gone, missing',
        'Status: ERROR',
        'Created: 2026-11-20T10:00:00+00:00 (2:01:00 before the end of the run)',
        'It is not in the saved state.',
        'delete (api), 2026-11-20T12:00:00+00:00: refused',
        'DELETE compute /servers/s1 -> HTTP 409 (req-9): in use by port p1',
        'neutron-port:p1 (web, ACTIVE, project demo): it is not in the plan, and stays',
        'fault: No valid host (req-2)',
        'user: ann',
        'host: compute-1',
        'The step "force-delete" of the level force, which takes --force.',
    ],
)
def test_it_has_what_a_bug_report_needs(markup: str, fact: str) -> None:
    assert fact.lower() in written(markup).lower()


def outside_of_blocks(text: str) -> str:
    """Return what of a Markdown text is not within a fenced block."""
    kept, fence = [], ''
    for line in text.splitlines():
        found = re.match('`{3,}', line)
        closing = re.fullmatch(' {0,3}(`{3,}) *', line)
        if fence:
            fence = '' if closing and len(closing[1]) >= len(fence) else fence
        elif found:
            fence = found.group()
        else:
            kept.append(line)
    assert not fence, 'a block was not closed'
    return '\n'.join(kept)


def test_no_strangers_word_is_markup_in_markdown() -> None:
    text = written(bug_report.MARKDOWN)
    assert 'onerror' in text
    assert not re.search(r'onerror|everyone|Owned|javascript|No valid host|ann', outside_of_blocks(text))
    assert '\x1b' not in text
    assert '\u202e' not in text


def test_no_line_of_a_stranger_ends_a_block() -> None:
    told = Attempt('delete', Level.API, 'unknown', None, '````')
    text = written(bug_report.MARKDOWN, dataclasses.replace(OUTCOME, attempts=(told,)))
    assert '`````text' in text
    assert 'No valid host' not in outside_of_blocks(text)


def test_no_strangers_word_is_markup_in_restructuredtext() -> None:
    text = written(bug_report.RST)
    assert 'onerror' in text
    loose = '\n'.join(line for line in text.splitlines() if not line.startswith('   '))
    assert not re.search(r'onerror|everyone|Owned|javascript|No valid host|ann', loose)
    assert '\x1b' not in text


def test_a_kind_that_is_none_comes_into_no_heading() -> None:
    made = report(OUTCOME)
    (told,) = bug_report.left(made)
    text = bug_report.write(made, [{**told, 'kind': '<b>x</b>'}], bug_report.MARKDOWN)
    assert 'A resource could not be removed' in text
    assert '<b>' not in outside_of_blocks(text)


def test_a_step_whose_name_is_none_comes_into_no_text() -> None:
    odd = dataclasses.replace(OUTCOME, next_step=NextStep('<script>', Level.FORCE))
    assert '<script>' not in outside_of_blocks(written(bug_report.MARKDOWN, odd))


def test_what_went_is_left_out_and_all_that_is_left_is_told() -> None:
    blocked = Outcome(samples.PART.ref, 'part', 'p1', Result.BLOCKED, 'nova-server:s1 stays')
    gone = Outcome(samples.VOLUME.ref, 'gone', 'p1', Result.REMOVED)
    text = written(bug_report.MARKDOWN, gone, OUTCOME, blocked)
    assert text.startswith('# 2 resources could not be removed\n')
    assert '## A cinder-volume\n' in text
    assert 'ID: v1' not in text


def test_of_a_great_many_the_rest_is_counted() -> None:
    made = report(OUTCOME)
    many = bug_report.left(made) * (bug_report.MOST + 3)
    assert '3 more are in the report of the run.' in bug_report.write(made, many, bug_report.MARKDOWN)


def test_headings_of_restructuredtext_are_underlined() -> None:
    lines = written(bug_report.RST).splitlines()
    assert lines[1] == '=' * len(lines[0])
