"""Writes the reference of the command lines out of their parsers: python -m tools.reference [--check].

Not out of ``--help``, whose layout differs between versions of Python.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / 'docs' / 'generated'


def commands_of(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield name and parser of each subcommand."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def section(title: str, underline: str, parser: argparse.ArgumentParser) -> str:
    """Answer what one command is, as a section of reStructuredText."""
    text = [title, underline * len(title), '', plain(parser.description or ''), '']
    for action in parser._actions:
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            text += entry(action)
    return '\n'.join(text) + '\n'


def entry(action: argparse.Action) -> list[str]:
    """Answer one option or argument with its help."""
    metavar = action.metavar or (
        action.dest.upper() if not action.choices else '|'.join(map(str, action.choices))
    )
    value = '' if action.nargs == 0 else f'[{metavar}]' if action.nargs == '?' else str(metavar)
    names = ', '.join(f'{name} {value}'.strip() for name in action.option_strings) or value
    return [f'``{names}``', f'   {plain(str(action.help or "").replace("%%", "%"))}', '']


def plain(text: str) -> str:
    """Answer text on one line in which nothing is markup."""
    return re.sub(r'([\\*`|])|(?<=\w)(_)(?!\w)', r'\\\1\2', ' '.join(text.split()))


def lab_reference() -> str:
    """Answer the reference of the lab's commands."""
    from lab.cli import parser

    found = []
    for name, command in commands_of(parser()):
        found.append(section(f'lab {name}', '-', command))
        found += [section(f'lab {name} {inner}', '~', deeper) for inner, deeper in commands_of(command)]
    return '\n'.join(found)


PAGES = {'lab.rst': lab_reference}


def main(is_check: bool) -> int:
    """Write the pages, or tell which of them are not current.

    :returns: the exit code.
    """
    code = 0
    FOLDER.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        path = FOLDER / name
        wanted = f'.. Written by tools/reference.py; change the parser instead.\n\n{write()}'
        if is_check and (not path.exists() or path.read_text() != wanted):
            print(f"docs/generated/{name} is not current: run 'make reference'.", file=sys.stderr)
            code = 1
        elif not is_check:
            path.write_text(wanted)
    return code


if __name__ == '__main__':
    os.environ['COLUMNS'] = '100'
    sys.exit(main('--check' in sys.argv))
