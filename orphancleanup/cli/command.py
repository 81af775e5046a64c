"""What all commands share: strict parsing, escaped cells, exit codes of their own."""

import abc
import argparse
import enum
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cliff import command, lister, show

from orphancleanup.cli.parsing import HelpFormatter, suggestion
from orphancleanup.cli.tables import FittingTable
from orphancleanup.errors import UsageError
from orphancleanup.report.printable import cell, defused

if TYPE_CHECKING:
    from cliff.formatters import base as formatters
    from stevedore import ExtensionManager

    from orphancleanup.cli.application import Application

#: the formats whose readers are programs: they get whole records, with names as they are
MACHINE_FORMATS = frozenset({'json', 'yaml'})


def is_for_machines(parsed_args: argparse.Namespace) -> bool:
    """Return whether the result is read by a program that parses it."""
    return parsed_args.formatter in MACHINE_FORMATS


class Command(command.Command, metaclass=abc.ABCMeta):
    """A command of ours; :class:`Lister` and :class:`Show` are built on it.

    :cvar examples: shown at the end of its help.
    """

    app: 'Application'
    examples = ''
    #: what ``run`` answers when ``take_action`` raised nothing
    exit_code = 0

    def _load_hooks(self) -> None:
        # Other packages bring handlers, not changes of our commands.
        self._hooks = []

    def _load_formatter_plugins(self) -> Any:
        found = super()._load_formatter_plugins()  # type: ignore[misc]
        found['table'].obj = FittingTable()
        return found

    def get_epilog(self) -> str:
        """Return the examples."""
        return self.examples

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return a parser whose help keeps our lines."""
        parser = super().get_parser(prog_name)
        parser.formatter_class = HelpFormatter
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run it; cliff's own display commands answer 0 whatever happened.

        The summary comes below the table, where the eye ends; it comes whatever happens.
        """
        self.exit_code = 0
        try:
            code = super().run(parsed_args) or self.exit_code
            self.app.stdout.flush()
            return code
        finally:
            self.app.screen.catch_up()

    @abc.abstractmethod
    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the names of the columns, before anything is done."""

    def _check_columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Refuse a column that is not there before anything is done: cliff would find out afterwards.

        :raises UsageError: when one is not known.
        """
        columns = self.columns(parsed_args)
        known = {_normalized(name) for name in columns}
        for typed in [*parsed_args.columns, *getattr(parsed_args, 'sort_columns', [])]:
            if _normalized(typed) not in known:
                raise UsageError(
                    f'There is no column {typed!r}.{suggestion(_normalized(typed), known)} '
                    f'There are: {", ".join(columns)}.'
                )
        return [_normalized(name) for name in columns] if is_for_machines(parsed_args) else columns


def _normalized(name: str) -> str:
    return name.lower().strip().replace(' ', '_')


class Lister(Command, lister.Lister):
    """A command whose result is a list."""

    #: columns that a table tells once for all rows that agree in them; see :class:`orphancleanup.report.grids.Grid`
    headings: tuple[str, ...] = ()

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser, with what a list can do."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--long',
            action='store_true',
            help='a table of all columns, nothing shortened, however wide it gets',
        )
        return parser

    @abc.abstractmethod
    def rows(self, parsed_args: argparse.Namespace) -> Iterable[Sequence[Any]]:
        """Do it, and return the rows."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Sequence[Any]]]:
        """Check the columns, then do it."""
        columns = self._check_columns(parsed_args)
        parsed_args.headings = () if parsed_args.long or parsed_args.columns else self.headings
        return columns, list(self.rows(parsed_args))

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Iterable[Sequence[Any]]
    ) -> int:
        """Show the rows; for people and line-wise tools strangers' words are escaped."""
        if not is_for_machines(parsed_args):
            data = [[shown(value, parsed_args) for value in row] for row in data]
        self.app.screen.clear()
        return super().produce_output(parsed_args, column_names, data)


class Show(Command, show.ShowOne):
    """A command whose result is one thing."""

    def _load_formatter_plugins(self) -> 'ExtensionManager[formatters.SingleFormatter]':
        # cliff's shell format does not escape $() and backquotes: a stranger's name would be a command.
        from stevedore import NamedExtensionManager

        found: ExtensionManager[formatters.SingleFormatter] = NamedExtensionManager(
            self.formatter_namespace, names=['json', 'table', 'value', 'yaml'], invoke_on_load=True
        )
        found['table'].obj = FittingTable()
        return found

    @abc.abstractmethod
    def values(self, parsed_args: argparse.Namespace) -> Sequence[Any]:
        """Do it, and return a value for each column."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Sequence[Any]]:
        """Check the columns, then do it."""
        columns = self._check_columns(parsed_args)
        return columns, self.values(parsed_args)

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Sequence[Any]
    ) -> int:
        """Show the values; for people and line-wise tools strangers' words are escaped."""
        if not is_for_machines(parsed_args):
            data = [shown(value, parsed_args) for value in data]
        self.app.screen.clear()
        return super().produce_output(parsed_args, column_names, data)


def shown(value: Any, parsed_args: argparse.Namespace) -> str | int | float:
    """Return what people and line-wise tools see of a value."""
    if parsed_args.formatter == 'csv':
        return defused(cell(value, '; '))
    if parsed_args.formatter != 'table':
        return cell(value, '; ')
    return shown_to_people(value)


def shown_to_people(value: Any) -> str | int | float:
    """Return what a table shows of a value: a code of ours is written in words."""
    return cell(str(value).replace('-', ' ') if isinstance(value, enum.StrEnum) else value)
