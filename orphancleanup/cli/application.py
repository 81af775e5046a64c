"""The cliff application, with cliff's traps closed.

Left to itself cliff opens a shell when there are no arguments, runs a command by any unique beginning of its name,
and lets argparse complete options: ``--ever`` would select everything.
"""

import argparse
import importlib.metadata
import itertools
import os
import sys
from typing import Any

from cliff import _argparse, app, command, commandmanager

from orphancleanup.cli.help_command import Help, show_first_steps
from orphancleanup.cli.parsing import HelpFormatter, make_readable, make_strict, parse_strictly, suggestion
from orphancleanup.cli.screen import Screen
from orphancleanup.errors import UsageError
from orphancleanup.strangers import guarded

NAME = 'orphancleanup'
COMMANDS = 'orphancleanup.command'
DESCRIPTION = (
    'Finds what test runs, deleted projects and failed deletes leave behind in an OpenStack cloud, says why it '
    'is there and what stands in the way, and removes it safely: the gentlest step first, and nothing that was not '
    'shown before. (A project is also called tenant.)'
)
EPILOG = """\
Begin with:
  orphancleanup --os-cloud NAME cleanup --dry-run --orphans
  orphancleanup help cleanup

Words:
  project      what Keystone calls a project; it is also called tenant
  kind         a type of resource, for instance cinder-volume; see "handler list"
  saved state  the file that "cleanup --init-saved-state" writes: what was there, and must stay
  plan         what would be removed, why, and in which order; nothing else is ever removed
  owner        what takes a resource along when it goes, as a stack its volumes

Exit codes:
  0 clean: nothing to do, or all done   1 a known error   2 usage   3 a defect of orphancleanup
  4 work is left: a dry run found something, a resource was not removed, or something could not be read
  130 interrupted
"""


def tool_version() -> str:
    """Return the version of the installed package."""
    try:
        return importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:
        return 'unknown'


class ExactCommands(commandmanager.CommandManager):
    """Commands by their whole names only, imported when they are run."""

    def load_commands(self, namespace: str) -> None:
        """Read the names from the installed packages; unlike stevedore, import nothing and drop nothing."""
        self.group_list.append(namespace)
        for entry in importlib.metadata.entry_points(group=namespace):
            self.commands[entry.name.replace('_', ' ')] = entry

    def find_command(self, argv: list[str]) -> tuple[type[command.Command], str, list[str]]:
        """Find the command that the arguments begin with.

        :raises UsageError: when there is none of exactly this name.
        """
        words = argv[: self._get_last_possible_command_index(argv)]
        for length in range(len(words), 0, -1):
            name = ' '.join(words[:length])
            if name in self.commands:
                return self.commands[name].load(), name, argv[length:]
        if not words:
            raise UsageError(f'There is no option {argv[0]!r} before a command; see "{NAME} --help".')
        typed = ' '.join(words)
        known = ', '.join(sorted(self.commands))
        raise UsageError(
            f'There is no command {typed!r}.{suggestion(typed, self.commands)} There are: {known}.'
        )


class Application(app.App):
    """The program ``orphancleanup``: its global options, and how a command is run."""

    NAME = NAME

    def __init__(self) -> None:
        super().__init__(DESCRIPTION, tool_version(), ExactCommands(COMMANDS))
        self.command_manager.add_command('help', Help)
        # cliff's completion offers beginnings of names, and prints a script that we do not test.
        self.command_manager.commands.pop('complete', None)
        self.options = argparse.Namespace(debug=False, log_file=None, verbose_level=1)
        self.screen = Screen(self.stdin, self.stderr)

    def build_option_parser(
        self, description: str | None, version: str | None, argparse_kwargs: dict[str, Any] | None = None
    ) -> argparse.ArgumentParser:
        """Return the parser of the global options, which are taken before and after the command."""
        parser = _argparse.ArgumentParser(
            prog=NAME,
            usage='%(prog)s [OPTIONS] COMMAND [ARGUMENTS]',
            description=description,
            epilog=EPILOG,
            add_help=False,
            formatter_class=HelpFormatter,
        )
        make_strict(parser, NAME)
        parser.add_argument('--version', action='version', version=f'{NAME} {version}')
        parser.add_argument('-h', '--help', dest='is_help', action='store_true', help='show this help')
        _add_cloud_options(parser)
        _add_log_options(parser)
        return parser

    def run(self, argv: list[str]) -> int:
        """Run the command that the arguments name, or help; what goes wrong is the caller's to tell.

        cliff's own opens a shell when there is none, and turns every error into exit code 1.
        """
        self.options, rest = self.parser.parse_known_args(argv)
        self.screen.is_quiet = self.options.verbose_level == 0
        if self.options.is_help:
            rest = ['help', *itertools.takewhile(lambda word: not word.startswith('-'), rest)]
        if not rest and self.stdout.isatty():
            show_first_steps(self)
            return 0
        return self.run_subcommand(rest or ['help'])

    def run_subcommand(self, argv: list[str]) -> int:
        """Run a command; its errors are the caller's."""
        factory, name, rest = self.command_manager.find_command(argv)
        made = factory(self, self.options, cmd_name=name)
        parser = made.get_parser(f'{NAME} {name}')
        make_strict(parser, f'{NAME} {name}')
        make_readable(parser, f'{NAME} {name}')
        parsed_args = parse_strictly(parser, rest)
        # What ends the program inside of a command is a defect, and no exit code of ours.
        with guarded(lambda error: error, Exception):
            return made.run(parsed_args)


def _add_cloud_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group('which cloud')
    group.add_argument(
        '--os-cloud', metavar='NAME', help='its name in clouds.yaml (or the variable OS_CLOUD)'
    )
    group.add_argument('--os-region-name', metavar='NAME', help='its region (or the variable OS_REGION_NAME)')
    group.add_argument(
        '--config-file',
        metavar='FILE',
        action='append',
        help='read this configuration file instead of the usual ones; may be repeated',
    )


def _add_log_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group('how much is told')
    loudness = group.add_mutually_exclusive_group()
    loudness.add_argument(
        '-v',
        '--verbose',
        action='store_const',
        dest='verbose_level',
        const=2,
        default=1,
        help='tell more in the log',
    )
    loudness.add_argument(
        '-q',
        '--quiet',
        action='store_const',
        dest='verbose_level',
        const=0,
        help='no summary and no progress: only the result and errors',
    )
    group.add_argument('--log-file', metavar='FILE', help='write the log there instead of to stderr')
    group.add_argument('--debug', action='store_true', help='tell everything in the log, with tracebacks')


def isolate_streams() -> None:
    """Have characters that the terminal's encoding lacks written as escapes instead of failing on them.

    What is written to a stream that was closed before the start (``2>&-``) goes nowhere.
    """
    for name in ('stdout', 'stderr'):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), 'w'))
        reconfigure = getattr(getattr(sys, name), 'reconfigure', None)
        if reconfigure:
            reconfigure(errors='backslashreplace')
