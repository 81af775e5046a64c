"""``orphancleanup database``: what steps in databases would do, which rights they take, and to undo them."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orphancleanup.cli import arguments, opening
from orphancleanup.cli.command import Lister, is_for_machines
from orphancleanup.cli.parsing import taking
from orphancleanup.errors import PlanError, UsageError
from orphancleanup.model import Ref

if TYPE_CHECKING:
    from orphancleanup.rescue.undo_file import Prepared
    from orphancleanup.storing.run_folder import RunFolder

_WORK_LEFT = 4


class DatabaseShow(Lister):
    """Show what the steps in its service's database would do with one resource: each statement, and the row it touches.

    Nothing is changed, and no row is locked. Whether a run would come to these steps is another question: it tries all
    gentler ones first, and asks the backend.
    """

    examples = 'orphancleanup database show cinder-volume:ID'
    headings = ('Step',)

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('resource', metavar='KIND:ID', type=taking(Ref.parse), help='the resource')
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Step', 'Row', 'Effect', 'Statement', 'Parameters')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Return a row for each statement; exit code 4 when a step would be refused."""
        from orphancleanup.installed import registry
        from orphancleanup.runs import databases

        settings = opening.read_settings(self.app)
        with opening.open_site(self.app, settings, registry.load()) as site:
            shown = databases.show(site, parsed_args.resource)
        if any(not each.statement for each in shown):
            self.exit_code = _WORK_LEFT
        return [
            (each.step, each.row, each.effect, each.statement, _parameters(parsed_args, each.parameters))
            for each in shown
        ]


class DatabaseGrants(Lister):
    """Print the statements that give an account what the configured fallbacks need, and nothing more.

    It looks at the databases' own tables, by the connections of the group [mysql-fallback], and changes nothing.
    """

    examples = (
        'orphancleanup database grants --account orphancleanup@10.0.0.% -f value | mariadb\n'
        '  The account itself is made beforehand: CREATE USER ... IDENTIFIED BY ...'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--account',
            metavar='NAME@HOST',
            default='orphancleanup@%',
            type=taking(arguments.word),
            help='the account (default: %(default)s)',
        )
        parser.add_argument(
            '--undo', action='store_true', help='also what "database undo" needs: to put rows back'
        )
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the column."""
        return ('Statement',)

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Return a row for each statement."""
        from orphancleanup.installed import registry
        from orphancleanup.runs import databases

        settings = opening.read_settings(self.app)
        found = databases.grants(settings.databases, registry.load(), parsed_args.account, parsed_args.undo)
        return [(each,) for each in found]


class DatabaseUndo(Lister):
    """Put back what the database steps of a run have changed, row by row, the last step first.

    Each step is put back whole or not at all: when a row of it has changed since, all of it stays as it is. What the
    run has removed by APIs does not come back.
    """

    examples = 'RUN may be the beginning of an id, or "latest".'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('run', metavar='RUN', help='as "run list" shows it')
        parser.add_argument(
            '--resource',
            metavar='KIND:ID',
            action='append',
            type=taking(Ref.parse),
            default=[],
            help='only what was changed for this resource',
        )
        parser.add_argument(
            '--yes-restore', action='store_true', help='restore without asking for confirmation'
        )
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Kind', 'ID', 'Step', 'Rows', 'Restored', 'Why')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Ask, restore, and return a row for each step; exit code 4 when one could not be restored."""
        from orphancleanup.clock import SystemClock
        from orphancleanup.runs import databases
        from orphancleanup.storing.run_folder import RunFolder

        folder, refs = RunFolder.find(parsed_args.run), frozenset(parsed_args.resource)
        settings = opening.read_settings(self.app)
        found = databases.to_undo(folder, refs)
        if not parsed_args.yes_restore:
            self._ask(folder, found)
        undone = databases.undo(settings.databases, folder, refs, SystemClock())
        if not all(each.is_restored for each in undone):
            self.exit_code = _WORK_LEFT
        return [
            (
                each.transaction.ref.kind,
                each.transaction.ref.id,
                each.transaction.step,
                len(each.transaction.changes),
                each.is_restored,
                each.text,
            )
            for each in undone
        ]

    def _ask(self, folder: 'RunFolder', found: 'Sequence[Prepared]') -> None:
        """Ask whether to go on.

        :raises UsageError: when nobody can be asked.
        :raises PlanError: when the answer is another one.
        """
        screen = self.app.screen
        if not screen.can_ask:
            raise UsageError(
                'There is no terminal to ask for confirmation, so nothing was restored: add --yes-restore.'
            )
        what = ', '.join(str(each.ref) for each in found)
        count = sum(len(each.changes) for each in found)
        screen.tell(
            [f'This puts {count} rows back as they were before run {folder.run_id} changed them: {what}.']
        )
        if screen.ask(f'To go on, type the id of the run ({folder.run_id}):') != folder.run_id:
            raise PlanError('That is not the id of the run, so nothing was restored.')


def _parameters(parsed_args: argparse.Namespace, parameters: dict[str, Any]) -> Any:
    if is_for_machines(parsed_args):
        return parameters
    return ', '.join(f'{name}={value!r}' for name, value in parameters.items())
