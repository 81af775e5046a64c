"""The format ``table``: as wide as the terminal, not wider."""

import argparse
import os
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from cliff.formatters.table import TableFormatter

from orphancleanup.cli import numbers
from orphancleanup.cli.parsing import taking
from orphancleanup.report.grids import NARROWEST, WIDEST, Grid, draw


class FittingTable(TableFormatter):
    """cliff's format of this name, which breaks ids, with ours in its place."""

    def add_argument_group(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the format."""
        group = parser.add_argument_group('table formatter')
        group.add_argument(
            '--max-width',
            metavar='COLUMNS',
            # A text, so that what is wrong with it is told as what is wrong with the option.
            default=os.environ.get('CLIFF_MAX_TERM_WIDTH') or '0',
            type=taking(numbers.columns),
            help=f'how wide a table may be (default: the terminal, {WIDEST} at most; CLIFF_MAX_TERM_WIDTH)',
        )
        group.add_argument('--print-empty', action='store_true', help='show a table without rows, too')

    def emit_list(
        self,
        column_names: Sequence[str],
        data: Iterable[Sequence[Any]],
        stdout: TextIO,
        parsed_args: argparse.Namespace,
    ) -> None:
        """Show a list."""
        rows = tuple(tuple(row) for row in data)
        if not rows and not parsed_args.print_empty:
            return
        headings = getattr(parsed_args, 'headings', ())
        limit = None if getattr(parsed_args, 'long', False) else limit_of(stdout, parsed_args)
        _show(Grid(tuple(column_names), rows, headings, not parsed_args.columns), limit, stdout)

    def emit_one(
        self,
        column_names: Sequence[str],
        data: Sequence[Any],
        stdout: TextIO,
        parsed_args: argparse.Namespace,
    ) -> None:
        """Show one thing: what is empty is left out, unless it was asked for."""
        rows = tuple(
            (name, str(value))
            for name, value in zip(column_names, data, strict=True)
            if value != '' or parsed_args.columns
        )
        _show(Grid(('Field', 'Value'), rows, may_drop=False), limit_of(stdout, parsed_args), stdout)


def limit_of(stream: TextIO, parsed_args: argparse.Namespace) -> int:
    """Return how wide a table may be: as was asked, else as the terminal is, within reason."""
    return parsed_args.max_width if parsed_args.max_width > 0 else columns_of(stream)


def columns_of(stream: TextIO) -> int:
    """Return how many columns a stream shows, of those that tables are made for; the most when it is no terminal."""
    return max(NARROWEST, min(WIDEST, _measured(stream)))


def _measured(stream: TextIO) -> int:
    named = os.environ.get('COLUMNS', '')
    if named.isdecimal():
        return int(named)
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDEST
    except (OSError, ValueError, AttributeError):
        return WIDEST


def _show(grid: Grid, limit: int | None, stdout: TextIO) -> None:
    drawn = draw(grid, limit)
    stdout.writelines(f'{line}\n' for line in drawn.lines)
    if drawn.dropped:
        stdout.write(f'(not shown for want of room: {", ".join(drawn.dropped)}; --long shows everything)\n')
