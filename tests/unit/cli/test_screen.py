import errno
import io

from orphancleanup.cli.screen import Screen
from orphancleanup.progress import Silence
from tests.unit.cli.conftest import Terminal


def test_only_a_terminal_sees_progress():
    assert isinstance(Screen(io.StringIO(), io.StringIO()).progress, Silence)
    quiet = Screen(Terminal(), Terminal())
    quiet.is_quiet = True
    assert isinstance(quiet.progress, Silence)
    assert not isinstance(Screen(Terminal(), Terminal()).progress, Silence)


def test_both_ends_must_be_a_terminal_to_ask():
    assert Screen(Terminal(), Terminal()).can_ask
    assert not Screen(io.StringIO(), Terminal()).can_ask
    assert not Screen(Terminal(), io.StringIO()).can_ask


def test_progress_goes_away_before_a_line_and_comes_back():
    error = Terminal()
    screen = Screen(Terminal(), error)
    progress = screen.progress
    progress.stage('Reading the cloud', 3)
    progress.advance()
    progress.advance()
    screen.tell(['a line'])
    assert error.getvalue().endswith('a line\n')
    progress.advance()
    progress.stage('Removing')
    progress.stage('Asking', 2)
    progress.close()
    assert 'Reading the cloud' in error.getvalue()
    assert 'Asking' in error.getvalue()


def test_a_terminal_that_is_gone_ends_no_run():
    class Gone(Terminal):
        def write(self, text):
            raise OSError(errno.EIO, 'Input/output error')

        flush = lambda self: self.write('')  # noqa: E731

    screen = Screen(Terminal(), Gone())
    progress = screen.progress
    progress.stage('Removing', total=2)
    progress.advance()
    progress.note('a line')
    screen.clear()
    progress.stage('Asking')
    screen.clear()


def test_strangers_words_are_escaped_in_lines_questions_and_notes():
    error = Terminal()
    screen = Screen(Terminal('an answer \n'), error)
    screen.tell(['evil\x07\u202e'])
    assert screen.ask('evil\x07?') == 'an answer'
    screen.progress.note('evil\x07 [bold]name[/bold] :smile:')
    text = error.getvalue()
    assert '\x07' not in text
    assert '\u202e' not in text
    assert r'evil\x07\u202e' in text
    assert r'evil\x07 [bold]name[/bold] :smile:' in text


def test_quiet_says_nothing_but_what_must_be_told():
    error = io.StringIO()
    screen = Screen(io.StringIO(), error)
    screen.is_quiet = True
    screen.say(['summary'])
    screen.tell(['error'])
    assert error.getvalue() == 'error\n'


def test_what_is_kept_for_the_end_is_told_once_and_broken_between_words_on_a_terminal(monkeypatch):
    monkeypatch.setenv('COLUMNS', '80')
    line = '  from project alpha: ' + 'cinder-volume 1, ' * 8 + 'evil\x07'
    for error, shown in (
        (io.StringIO(), 1),
        (Terminal(), 3),
    ):
        screen = Screen(io.StringIO(), error)
        screen.say_below([line])
        screen.tell(['first'])
        screen.catch_up()
        screen.catch_up()
        told = error.getvalue().splitlines()
        assert told[0] == 'first'
        assert len(told) == 1 + shown
        assert all(len(each) <= 80 for each in told) or shown == 1
        assert [each.startswith('  ') for each in told[1:]] == [True] * shown
        assert '\x07' not in error.getvalue()
