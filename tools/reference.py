"""Writes the reference of commands and handlers out of the code: python -m tools.reference [--check].

Commands are not taken from ``--help``, whose layout differs between versions of Python.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from lab.cli import parser as lab_parser
from orphancleanup.cli.application import Application
from orphancleanup.handler import EVERY_KIND
from orphancleanup.installed import registry

NOT_SHOWN = (argparse._HelpAction, argparse._SubParsersAction, argparse._VersionAction)
FOLDER = Path(__file__).resolve().parent.parent / 'docs' / 'generated'


def commands_of(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield name and parser of each subcommand."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def section(title: str, underline: str, parser: argparse.ArgumentParser) -> str:
    """Return what one command is, as a section of reStructuredText."""
    text = [title, underline * len(title), '', plain(parser.description or ''), '', *options(parser)]
    if parser.epilog:
        text += [
            '.. code-block:: none',
            '',
            *(f'   {line}'.rstrip() for line in parser.epilog.splitlines()),
            '',
        ]
    return '\n'.join(text) + '\n'


def options(parser: argparse.ArgumentParser) -> list[str]:
    """Return the arguments by group; how a result is formatted is the same for all and described once."""
    text = []
    for group in parser._action_groups:
        shown = [action for action in group._group_actions if not isinstance(action, NOT_SHOWN)]
        title = str(group.title or '').lower()
        if shown and 'formatter' not in title:
            if title not in ('options', 'positional arguments'):
                text += [f'**{plain(title[:1].upper() + title[1:])}**', '']
            text += [line for action in shown for line in entry(action)]
    return text


def entry(action: argparse.Action) -> list[str]:
    """Return one option or argument with its help."""
    metavar = action.metavar or (
        '|'.join(map(str, action.choices)) if action.choices else action.dest.upper()
    )
    value = '' if action.nargs == 0 else f'[{metavar}]' if action.nargs == '?' else str(metavar)
    names = ', '.join(f'{name} {value}'.strip() for name in action.option_strings) or value
    text = plain(str(action.help or '').replace('%%', '%'))
    again = '; may be repeated' if isinstance(action, argparse._AppendAction) and 'repeat' not in text else ''
    return [f'``{names}``', f'   {text}{again}', '']


def plain(text: str) -> str:
    """Return text on one line in which nothing is markup."""
    return re.sub(r'([\\*`|])|(?<=\w)(_)(?!\w)', r'\\\1\2', ' '.join(text.split()))


def lab_reference() -> str:
    """Return the reference of the lab's commands."""
    found = []
    for name, command in commands_of(lab_parser()):
        found.append(section(f'lab {name}', '-', command))
        found += [section(f'lab {name} {inner}', '~', deeper) for inner, deeper in commands_of(command)]
    return '\n'.join(found)


def commands_reference() -> str:
    """Return the reference of the program's commands."""
    application = Application()
    found = ['Global options\n--------------\n', *options(application.parser), '']
    for name, point in sorted(application.command_manager.commands.items()):
        if name != 'help':
            command = point.load()(application, application.options, cmd_name=name)
            found.append(section(name, '-', command.get_parser(f'orphancleanup {name}')))
    return '\n'.join(found)


def _named(kind: str) -> str:
    return 'every other kind' if kind == EVERY_KIND else kind


def handlers_reference() -> str:
    """Return the table of the handlers that come with the program, in the order of removal."""
    found = registry.load()
    lines = ['.. list-table::', '   :header-rows: 1', '   :widths: 18 14 14 34 20', '']
    lines += row('kind', 'namespace', 'service', 'goes after', 'levels')
    for kind in found.order:
        loaded = found.handlers[kind]
        if loaded.distribution.split()[0] == 'orphancleanup':
            handler = loaded.handler
            levels = ', '.join(str(level) for level in sorted(handler.levels))
            lines += row(
                kind, loaded.namespace, handler.service, ', '.join(map(_named, handler.after)) or '-', levels
            )
    return '\n'.join(lines) + '\n'


def row(*cells: str) -> list[str]:
    """Return one row of a list table."""
    return [f'   {"* -" if number == 0 else "  -"} {cell}' for number, cell in enumerate(cells)]


PAGES = {
    'commands.rst': commands_reference,
    'lab.rst': lab_reference,
    'handlers.rst': handlers_reference,
}


def main(is_check: bool) -> int:
    """Write the pages, or tell which of them are not current.

    :returns: the exit code.
    """
    code = 0
    FOLDER.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        path = FOLDER / name
        wanted = f'.. Written by tools/reference.py; change the code instead.\n\n{write()}'
        if is_check and (not path.exists() or path.read_text() != wanted):
            print(f"docs/generated/{name} is not current: run 'make reference'.", file=sys.stderr)
            code = 1
        elif not is_check:
            path.write_text(wanted)
    return code


if __name__ == '__main__':
    os.environ['COLUMNS'] = '100'
    sys.exit(main('--check' in sys.argv))
