"""The installed program, in a process of its own: cliff's traps, start-up, pipes, signals, logs."""

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from tests.signals import interruptible

SLOW = ('openstack', 'keystoneauth1', 'requests', 'sqlalchemy', 'oslo_config', 'oslo_log', 'rich', 'cmd2')
PROGRAM = (sys.executable, '-m', 'orphancleanup.cli.main')


@pytest.fixture
def program(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith('OS_')}
    environment |= {'HOME': str(tmp_path), 'XDG_STATE_HOME': str(tmp_path), 'COLUMNS': '100'}

    def program(*argv, **options):
        options = {'stdin': subprocess.DEVNULL, 'env': environment, 'cwd': tmp_path, 'timeout': 60, **options}
        return subprocess.run([*PROGRAM, *argv], capture_output=True, text=True, check=False, **options)

    program.environment = environment
    return program


@pytest.mark.parametrize('argv', [(), ('help',), ('--help',), ('-v',)])
def test_without_a_command_there_is_help_and_never_a_shell(program, argv):
    ended = program(*argv)
    assert (ended.returncode, ended.stderr) == (0, '')
    assert '(Cmd)' not in ended.stdout
    assert 'usage: orphancleanup [OPTIONS] COMMAND' in ended.stdout
    assert '\n  cleanup            Find what is left behind' in ended.stdout


@pytest.mark.parametrize('argv', [('cleanup', '--help'), ('help', 'cleanup'), ('cleanup', '--dry-run', '-h')])
def test_the_help_of_a_command_teaches(program, argv):
    ended = program(*argv)
    assert (ended.returncode, ended.stderr) == (0, '')
    assert (
        'Examples:\n  before a test run, and after it:\n    orphancleanup cleanup --init-saved-state'
        in ended.stdout
    )
    assert 'Exit codes: 0 clean' in ended.stdout
    assert ended.stdout.index('what to remove') < ended.stdout.index('output formatters')


@pytest.mark.parametrize(('closed', 'is_told'), [('2>&-', True), ('>&-', False), ('>&- 2>&-', False)])
def test_what_goes_to_a_closed_stream_goes_nowhere(program, closed, is_told):
    shell = ['sh', '-c', f'exec "$@" {closed}', 'sh', *PROGRAM, 'handler', 'list']
    ended = subprocess.run(shell, capture_output=True, env=program.environment, check=False, timeout=60)
    assert (ended.returncode, b'nova-server' in ended.stdout) == (0, is_told)


@pytest.mark.parametrize('argv', [('--help',), ('--version',), ('cleanup', '--help'), ('explain', '--help')])
def test_help_and_version_import_nothing_slow(program, argv):
    code = f"""
import sys
from orphancleanup.cli.main import main
code = main({list(argv)!r})
print([name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""
    ended = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, env=program.environment, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, '[]\n')
    assert ended.stdout.startswith(('usage: orphancleanup', 'orphancleanup '))


@pytest.mark.parametrize(
    'argv',
    [
        ('clean',),
        ('c',),
        ('run', 'l'),
        ('handler',),
        ('--vers',),
        ('cleanup', '--ever'),
        ('cleanup', '--yes'),
        ('complete',),
    ],
)
def test_nothing_is_completed(program, argv):
    ended = program(*argv)
    assert (ended.returncode, ended.stdout) == (2, '')
    assert ended.stderr.startswith('orphancleanup: There is no ')
    assert ended.stderr.count('\n') == 1


def test_no_cloud_is_one_sentence(program):
    ended = program('cleanup', '--dry-run', '--orphans')
    assert (ended.returncode, ended.stdout) == (1, '')
    assert ended.stderr.startswith('orphancleanup: No cloud is named')


def test_debug_shows_the_traceback_and_a_log_file_takes_it(program, tmp_path):
    ended = program('--debug', 'cleanup', '--dry-run', '--orphans')
    assert (ended.returncode, ended.stdout) == (1, '')
    assert 'Traceback' in ended.stderr
    ended = program('--log-file', 'log', 'cleanup', '--dry-run', '--orphans')
    assert ended.stderr.count('\n') == 1
    assert 'Traceback' in (tmp_path / 'log').read_text()
    ended = program('--log-file', 'no/log', 'cleanup', '--dry-run', '--orphans')
    assert ended.stderr.startswith('orphancleanup: The log file ')
    assert ended.stderr.endswith('no/log cannot be written: No such file or directory.\n')


def test_the_log_never_goes_to_stdout(program):
    ended = program('--debug', 'handler', 'list', '-f', 'json')
    assert ended.returncode == 0
    assert json.loads(ended.stdout)


def test_a_closed_pipe_is_quiet(program):
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [*PROGRAM, 'handler', 'list'],
        stdout=write,
        stderr=subprocess.PIPE,
        env=program.environment,
        check=False,
    )
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, b'')


def test_a_shell_is_never_given_a_stranger_s_words(program):
    ended = program('handler', 'show', 'cinder-volume', '-f', 'shell')
    assert ended.returncode == 2
    assert "invalid choice: 'shell'" in ended.stderr


def test_a_terminal_without_unicode_gets_escapes(program):
    code = "import sys; from orphancleanup.cli.application import isolate_streams; isolate_streams(); print('名')"
    environment = {**program.environment, 'PYTHONIOENCODING': 'latin-1'}
    ended = subprocess.run([sys.executable, '-c', code], capture_output=True, env=environment, check=False)
    assert ended.stdout == b'\\u540d\n'


def test_ctrl_c_at_the_question_ends_with_130(program):
    code = """
import sys
from orphancleanup.cli import main, modes
modes.mode_of = lambda _: lambda application, _: application.screen.ask('Type the name:')
sys.exit(main.main(['cleanup', '--everything']))
"""
    leader, follower = pty.openpty()
    with interruptible():
        process = subprocess.Popen(
            [sys.executable, '-c', code],
            stdin=follower,
            stderr=subprocess.PIPE,
            env=program.environment,
            text=True,
        )
    assert process.stderr.read(len('Type the name: ')) == 'Type the name: '
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert 'Traceback' not in process.stderr.read()
    process.stderr.close()
    os.close(leader)
    os.close(follower)
