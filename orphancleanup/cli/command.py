"""What all commands share: strict parsing, escaped cells, exit codes of their own."""

import abc
import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cliff import command, lister, show

from orphancleanup.cli.parsing import HelpFormatter, suggestion
from orphancleanup.errors import UsageError
from orphancleanup.report.printable import cell, defused, wrapped

if TYPE_CHECKING:
    from cliff.formatters import base as formatters
    from stevedore import ExtensionManager

    from orphancleanup.cli.application import Application

#: the formats whose readers are programs: they get whole records, with names as they are
MACHINE_FORMATS = frozenset({'json', 'yaml'})


def is_for_machines(parsed_args: argparse.Namespace) -> bool:
    """Answer whether the result is read by a program that parses it."""
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

    def get_epilog(self) -> str:
        """Answer the examples."""
        return self.examples

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Answer a parser whose help keeps our lines."""
        parser = super().get_parser(prog_name)
        parser.formatter_class = HelpFormatter
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run it; cliff's own display commands answer 0 whatever happened."""
        self.exit_code = 0
        return super().run(parsed_args) or self.exit_code

    @abc.abstractmethod
    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Answer the names of the columns, before anything is done."""

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

    @abc.abstractmethod
    def rows(self, parsed_args: argparse.Namespace) -> Iterable[Sequence[Any]]:
        """Do it, and answer the rows."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Sequence[Any]]]:
        """Check the columns, then do it."""
        columns = self._check_columns(parsed_args)
        return columns, list(self.rows(parsed_args))

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Iterable[Sequence[Any]]
    ) -> int:
        """Show the rows; for people and line-wise tools strangers' words are escaped."""
        if not is_for_machines(parsed_args):
            data = [[shown(value, parsed_args) for value in row] for row in data]
        return super().produce_output(parsed_args, column_names, data)


class Show(Command, show.ShowOne):
    """A command whose result is one thing."""

    def _load_formatter_plugins(self) -> 'ExtensionManager[formatters.SingleFormatter]':
        # cliff's shell format does not escape $() and backquotes: a stranger's name would be a command.
        from stevedore import NamedExtensionManager

        return NamedExtensionManager(
            self.formatter_namespace, names=['json', 'table', 'value', 'yaml'], invoke_on_load=True
        )

    @abc.abstractmethod
    def values(self, parsed_args: argparse.Namespace) -> Sequence[Any]:
        """Do it, and answer a value for each column."""

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
        return super().produce_output(parsed_args, column_names, data)


def shown(value: Any, parsed_args: argparse.Namespace) -> str | int | float:
    """Answer what people and line-wise tools see of a value."""
    if parsed_args.formatter == 'csv':
        return defused(cell(value, '; '))
    if parsed_args.formatter != 'table':
        return cell(value, '; ')
    text = cell(value)
    return wrapped(text) if isinstance(text, str) else text
