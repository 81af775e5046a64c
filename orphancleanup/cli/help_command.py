"""``orphancleanup help``: what the program and each command can do. Nothing slow is imported for it."""

import argparse
import os
from typing import Any, Protocol, TextIO

from cliff import command

from orphancleanup.cli.parsing import make_readable, make_strict

FIRST_STEPS = """\
orphancleanup finds what test runs, deleted projects and failed deletes leave
behind in an OpenStack cloud, and removes it safely.

The first three commands; only the third removes anything, and it asks first:

  {program} cleanup --init-saved-state
      before a test run: save the state, which is what is there and must stay
  {program} cleanup --dry-run --preserve-state
      after it: show what is not in the saved state, and would be removed
  {program} cleanup --preserve-state
      show that plan once more, ask for the name of the cloud, and remove it

{cloud}"{name} --help" lists all commands and options.
"""


class Program(Protocol):
    """What of the application is shown."""

    NAME: str
    parser: argparse.ArgumentParser
    options: argparse.Namespace
    stdout: TextIO
    command_manager: Any


class Help(command.Command):
    """Show what the program or a command can do."""

    def _load_hooks(self) -> None:
        self._hooks = []

    def get_epilog(self) -> str:
        """Return nothing: cliff would look through all installed packages for it."""
        return ''

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('words', metavar='COMMAND', nargs='*', help='the whole name of a command')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Show it."""
        if parsed_args.words:
            show_command_help(self.app, parsed_args.words)
        else:
            show_help(self.app)


def show_help(application: Program) -> None:
    """Show the global options, and a line for each command."""
    application.parser.print_help(application.stdout)
    lines = {name: _first_line(application, name) for name, _ in sorted(application.command_manager)}
    width = max(len(name) for name in lines)
    application.stdout.write('\nCommands ("orphancleanup help COMMAND" tells more):\n')
    application.stdout.writelines(f'  {name:<{width}}  {line}\n' for name, line in lines.items())


def show_first_steps(application: Program) -> None:
    """Show the three commands that one begins with."""
    name = application.NAME
    is_named = bool(
        application.options.os_cloud or os.environ.get('OS_CLOUD') or os.environ.get('OS_AUTH_URL')
    )
    program = name if is_named else f'{name} --os-cloud NAME'
    cloud = '' if is_named else 'NAME is what clouds.yaml calls your cloud.\n'
    application.stdout.write(FIRST_STEPS.format(program=program, name=name, cloud=cloud))


def _first_line(application: Program, name: str) -> str:
    factory, _, _ = application.command_manager.find_command(name.split())
    return (factory.__doc__ or '').partition('\n')[0].rstrip('.')


def show_command_help(application: Program, words: list[str]) -> None:
    """Show the help of one command.

    :raises UsageError: when there is none of exactly this name.
    """
    factory, name, _ = application.command_manager.find_command(words)
    whole_name = f'{application.NAME} {name}'
    parser = factory(application, application.options, cmd_name=name).get_parser(whole_name)
    make_strict(parser, whole_name)
    make_readable(parser, whole_name)
    parser.print_help(application.stdout)
