"""``orphancleanup help``: what the program and each command can do. Nothing slow is imported for it."""

import argparse
from typing import TYPE_CHECKING

from cliff import command

from orphancleanup.cli.parsing import make_readable, make_strict

if TYPE_CHECKING:
    from orphancleanup.cli.application import Application


class Help(command.Command):
    """Show what the program or a command can do."""

    app: 'Application'

    def _load_hooks(self) -> None:
        self._hooks = []

    def get_epilog(self) -> str:
        """Answer nothing: cliff would look through all installed packages for it."""
        return ''

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Answer the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('words', metavar='COMMAND', nargs='*', help='the whole name of a command')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Show it."""
        if parsed_args.words:
            show_command_help(self.app, parsed_args.words)
        else:
            show_help(self.app)


def show_help(application: 'Application') -> None:
    """Show the global options, and a line for each command."""
    application.parser.print_help(application.stdout)
    lines = {name: _first_line(application, name) for name, _ in sorted(application.command_manager)}
    width = max(len(name) for name in lines)
    application.stdout.write('\nCommands ("orphancleanup help COMMAND" tells more):\n')
    application.stdout.writelines(f'  {name:<{width}}  {line}\n' for name, line in lines.items())


def _first_line(application: 'Application', name: str) -> str:
    factory, _, _ = application.command_manager.find_command(name.split())
    return (factory.__doc__ or '').partition('\n')[0].rstrip('.')


def show_command_help(application: 'Application', words: list[str]) -> None:
    """Show the help of one command.

    :raises UsageError: when there is none of exactly this name.
    """
    factory, name, _ = application.command_manager.find_command(words)
    whole_name = f'{application.NAME} {name}'
    parser = factory(application, application.options, cmd_name=name).get_parser(whole_name)
    make_strict(parser, whole_name)
    make_readable(parser, whole_name)
    parser.print_help(application.stdout)
