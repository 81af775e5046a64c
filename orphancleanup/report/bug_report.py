"""A report about what a run left behind, to be pasted into a tracker: Markdown or reStructuredText.

Names, ids and messages are strangers' words: they stand in literal blocks only, where nothing of them is markup, a link
or a mention, and one line each. Headings are made of our own words.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orphancleanup.outcome import Result
from orphancleanup.report import causes, tests
from orphancleanup.report.outcomes import evidence_text
from orphancleanup.report.printable import printable
from orphancleanup.report.verdicts import step_needs
from orphancleanup.sentences import sentence

MARKDOWN, RST = 'markdown', 'rst'
#: how it may be written
MARKUPS = (MARKDOWN, RST)
#: so many resources are told of; the others are counted
MOST = 50
_KIND = re.compile(r'[a-z0-9-]+')
_UNDERLINES = '=-~'
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what is below it.

    :param depth: 1 for the title.
    :param text: our own words.
    :param lines: strangers' words, one line each.
    """

    depth: int
    heading: str
    text: str = ''
    lines: tuple[str, ...] = ()


def left(report: Told) -> list[Told]:
    """Return the records of what a run has left behind, in its order."""
    return [each for each in report['outcomes'] or () if not Result(each['result']).is_done]


def write(report: Told, chosen: Sequence[Told], markup: str) -> str:
    """Return the text.

    :param report: of the run, as :mod:`orphancleanup.report.document` writes it.
    :param chosen: the records that it is to be about.
    :param markup: one of ``MARKUPS``.
    """
    sections = _sections(report, chosen)
    return '\n'.join((_markdown if markup == MARKDOWN else _rst)(sections))


def _sections(report: Told, chosen: Sequence[Told]) -> Iterator[Section]:
    number = len(chosen)
    about = f'A {_kind(chosen[0])}' if number == 1 else f'{number} resources'
    yield Section(1, f'{about} could not be removed', '', tuple(_of_run(report)))
    for told in chosen[:MOST]:
        yield from _of_one(told, report, 1 if number == 1 else 2)
    if number > MOST:
        yield Section(2, 'More', f'{number - MOST} more are in the report of the run.')


def _of_run(report: Told) -> Iterator[str]:
    run, cloud = report['run'], report['cloud']
    yield f'Program: orphancleanup {report["tool_version"]}'
    yield f'Run: {run["id"]}, from {run["started"]} to {run["ended"]}'
    if cloud['region']:
        yield f'Region: {cloud["region"]}'


def _of_one(told: Told, report: Told, depth: int) -> Iterator[Section]:
    if depth > 1:
        yield Section(depth, f'A {_kind(told)}')
    below = depth + 1
    yield Section(below, 'What it is', '', tuple(_facts(told, report)))
    yield Section(below, 'Why it was to go', '', _sentences(each['text'] for each in told['reasons']))
    tried = tuple(line for each in told['attempts'] for line in causes.attempt_lines(each))
    yield Section(below, 'What was tried, and what was answered', '' if tried else 'Nothing.', tried)
    if told['blockers']:
        yield Section(below, 'What stands in its way', '', tuple(map(causes.blocker_line, told['blockers'])))
    if told['evidence']:
        yield Section(below, 'What the services say', '', tuple(map(evidence_text, told['evidence'])))
    yield Section(below, 'What would be tried next', _next(told['next_step']))


def _facts(told: Told, report: Told) -> Iterator[str]:
    yield f'Kind: {told["kind"]}'
    yield f'ID: {told["id"]}'
    yield f'Name: {told["name"] or "none"}'
    yield f'Project: {_project(told)}'
    yield f'Status: {told["status"] or "none"}' + _since(told, report)
    yield f'Created: {told["created_at"] or "the service does not tell"}' + _age(told['created_at'], report)
    yield f'Result: {told["result"].replace("-", " ")}'
    if told['text']:
        yield f'Because: {told["text"]}'
    if told['test']:
        yield f'Left by the test: {"; ".join(tests.sentences(told["test"]))}'
    if told['owners']:
        yield f'Part of: {", ".join(told["owners"])}'


def _project(told: Told) -> str:
    if not told['project_id']:
        return 'none'
    name = f', {told["project"]}' if told['project_state'] != 'missing' else ''
    return f'{told["project_id"]}{name}, {told["project_state"]}'


def _since(told: Told, report: Told) -> str:
    return f', since {told["updated_at"]}' + _age(told['updated_at'], report) if told['updated_at'] else ''


def _age(moment: str | None, report: Told) -> str:
    """Return how long ago something was when the run ended."""
    if not moment:
        return ''
    ended = datetime.datetime.fromisoformat(report['run']['ended'])
    passed = ended - datetime.datetime.fromisoformat(moment)
    if passed < datetime.timedelta():
        # The clocks of the cloud and of this machine differ.
        return ''
    return f' ({datetime.timedelta(seconds=round(passed.total_seconds()))} before the end of the run)'


def _next(step: Told | None) -> str:
    if step is None:
        return 'Nothing: all steps that may remove it were tried, or its turn did not come.'
    needs = step_needs(step)
    allowed = f', which takes {needs}' if needs else ''
    return f'The step "{_word(step["name"])}" of the level {step["level"]}{allowed}.'


def _sentences(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(sentence, texts))


def _kind(told: Told) -> str:
    return _word(told['kind'])


def _word(text: str) -> str:
    """Return a word that a heading may have: a kind, the name of a step; anything else would be a stranger's."""
    return text if _KIND.fullmatch(text) else 'resource'


def _markdown(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        yield f'{"#" * section.depth} {section.heading}'
        yield ''
        if section.text:
            yield from (section.text, '')
        if section.lines:
            lines = [printable(line) for line in section.lines]
            # A block ends with as many backticks as it began with: more than any line has.
            longest = max((len(run) for line in lines for run in re.findall('`+', line)), default=0)
            fence = '`' * max(3, longest + 1)
            yield from (f'{fence}text', *lines, fence, '')


def _rst(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        yield section.heading
        yield _UNDERLINES[section.depth - 1] * len(section.heading)
        yield ''
        if section.text:
            yield from (section.text, '')
        if section.lines:
            yield from ('::', '')
            yield from (f'   {printable(line)}' for line in section.lines)
            yield ''
