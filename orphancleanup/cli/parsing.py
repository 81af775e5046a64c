"""argparse made strict: nothing is completed, and what is wrong is said in one sentence."""

import argparse
import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn, TypeVar

from cliff import _argparse

from orphancleanup.errors import UsageError

T = TypeVar('T')


class HelpFormatter(_argparse.SmartHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions and examples as they are written."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        # Examples and tables keep their lines; a single line is a paragraph.
        if '\n' in text:
            return argparse.RawDescriptionHelpFormatter._fill_text(self, text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def make_strict(parser: argparse.ArgumentParser, name: str) -> None:
    """Have a parser take whole option names only, and raise instead of printing its usage."""

    def error(message: str) -> NoReturn:
        raise UsageError(f'{message}; see "{name} --help".')

    parser.allow_abbrev = False
    parser.error = error  # type: ignore[method-assign]


def make_readable(parser: argparse.ArgumentParser, name: str) -> None:
    """Have the help of a command begin with what is its own: cliff puts the formatters first."""
    groups = parser._action_groups
    groups.sort(key=lambda group: 'formatter' in str(group.title).lower())
    words = [_positional(action) for action in parser._positionals._group_actions]
    parser.usage = ' '.join([name, '[OPTIONS]', *words])


def _positional(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    return {'?': f'[{name}]', '*': f'[{name} ...]'}.get(str(action.nargs), name)


def parse_strictly(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """Parse all arguments.

    :raises UsageError: when one is not known; names the closest option.
    """
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        first = unknown[0].partition('=')[0]
        close = suggestion(first, parser._option_string_actions) if first.startswith('-') else ''
        parser.error(f'There is no argument {unknown[0]!r}{close.rstrip("?").replace(" Did", ", did")}')
    return options


def suggestion(typed: str, known: Iterable[str]) -> str:
    """Return `` Did you mean '...'?``, or nothing when nothing is close."""
    known = tuple(known)
    beginnings = sorted(name for name in known if name.startswith(typed) and len(typed) > 2)
    close = beginnings[:1] or difflib.get_close_matches(typed, known, 1)
    return f' Did you mean {close[0]!r}?' if close else ''


def taking(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Have argparse say which option it is that ``parse`` refuses with a :class:`UsageError`."""

    def parsed(text: str) -> T:
        try:
            return parse(text)
        except UsageError as error:
            raise argparse.ArgumentTypeError(str(error).rstrip('.')) from error

    return parsed
