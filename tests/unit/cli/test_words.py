"""The words that users read: an operator's English, and one word for one thing."""

import re
import subprocess
import sys

from orphancleanup.cli import options
from orphancleanup.judging.verdict import Decision
from orphancleanup.outcome import Result

#: what the other name of a project is told with, once
EXPLAINED = re.compile(r'also called tenant')
BANNED = re.compile(r'\b(tenants?|baselines?|held|ladder|provably|rung)\b', re.IGNORECASE)


HELPS = """
from orphancleanup.cli.application import Application

application = Application()
print(application.parser.format_help())
for name, point in application.command_manager.commands.items():
    command = point if isinstance(point, type) else point.load()
    print(command(application, application.options, cmd_name=name).get_parser(name).format_help())
"""


def test_help_calls_a_project_a_project_and_a_saved_state_a_saved_state():
    # In a process of its own: commands bind what they import, and other tests put stand-ins in its place.
    shown = subprocess.run([sys.executable, '-c', HELPS], check=True, capture_output=True, text=True).stdout
    text = ' '.join(shown.split())
    assert 'saved-state diff' in text
    assert EXPLAINED.search(text)
    assert BANNED.findall(EXPLAINED.sub('', text)) == []


def test_the_configuration_does_so_too():
    for _, group in options.list_opts():
        for each in group:
            assert not BANNED.search(each.help), each.name


def test_the_words_of_decisions_and_results_are_the_field_s():
    assert [str(each) for each in Decision] == ['remove', 'remove-with-its-owner', 'keep']
    assert [str(each) for each in Result] == [
        'removed',
        'already-gone',
        'not-removed',
        'skipped-because-it-changed',
        'blocked',
        'not-attempted',
    ]
