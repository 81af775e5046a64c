"""``orphancleanup cleanup``: save a state, show what would go, apply a plan, or all of it in one go."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orphancleanup.cli import arguments, output_files
from orphancleanup.cli.command import Lister, is_for_machines
from orphancleanup.cli.parsing import taking

EXAMPLES = """\
Examples:
  before a test run, and after it:
    orphancleanup cleanup --init-saved-state
    orphancleanup cleanup --dry-run --preserve-state
    orphancleanup cleanup --preserve-state
  which test has left what, tempest's own objects kept:
    orphancleanup cleanup --dry-run --preserve-state --tempest-conf tempest.conf --tempest-results .stestr
  what deleted projects and failed deletes have left behind, for a nightly report:
    orphancleanup cleanup --dry-run --orphans --stuck 6h --report-file leaks.json
  make a plan today, apply exactly that plan tomorrow:
    orphancleanup cleanup --dry-run --orphans --plan-file plan.json
    orphancleanup cleanup --plan plan.json
  a volume that nobody can delete:
    orphancleanup explain cinder-volume:ID
    orphancleanup cleanup --resource cinder-volume:ID --force

Exit codes: 0 clean, 1 a known error, 2 usage, 3 a defect, 4 work is left (a dry run found something,
a resource was not removed, something could not be read), 130 interrupted.
"""


class Cleanup(Lister):
    """Find what is left behind, show it, ask for confirmation, and remove it.

    It reads the cloud, shows the plan, asks for the name of the cloud, and removes what is in the plan and nothing
    else. Without a terminal to ask for confirmation it removes nothing, unless --yes-remove is given. While it removes,
    a second run of the same user on the same machine and cloud is refused; other users and machines do not notice.
    """

    examples = EXAMPLES
    headings = ('Project', 'Decision', 'Result', 'Why')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of all options."""
        parser = super().get_parser(prog_name)
        _add_modes(parser)
        arguments.add_selection(parser)
        arguments.add_scope(parser)
        arguments.add_guards(parser)
        arguments.add_levels(parser)
        arguments.add_limits(parser)
        _add_output(parser)
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns of the mode."""
        from orphancleanup.cli import applying, modes
        from orphancleanup.report import verdicts

        if parsed_args.init_saved_state:
            return modes.SAVED_FIELDS if is_for_machines(parsed_args) else modes.SAVED_COLUMNS
        if parsed_args.dry_run:
            people = (*verdicts.COLUMNS, *applying.test_column(parsed_args))
            return verdicts.FIELDS if is_for_machines(parsed_args) else people
        return applying.outcome_columns(parsed_args)

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Refuse what cannot be meant, then do what the mode says."""
        from orphancleanup.cli import modes

        _check_modes(parsed_args)
        _check_files(parsed_args)
        rows, self.exit_code = modes.mode_of(parsed_args)(self.app, parsed_args)
        return rows


def _add_modes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group('what to do (default: show the plan, ask, and remove)')
    group.add_argument(
        '--init-saved-state',
        metavar='FILE',
        nargs='?',
        type=taking(arguments.path),
        const=Path(arguments.SAVED_STATE),
        help=f'write a saved state: what is there now, and must stay (default: {arguments.SAVED_STATE})',
    )
    group.add_argument(
        '--dry-run',
        action='store_true',
        help='only show what would be removed; exit code 4 if there is anything',
    )
    group.add_argument(
        '--plan-file',
        metavar='FILE',
        type=taking(arguments.path),
        help='with --dry-run: keep the plan in this file',
    )
    group.add_argument(
        '--plan',
        metavar='FILE',
        type=taking(arguments.path),
        help='remove exactly what is in this plan, and nothing that appeared since',
    )
    arguments.add_plan_age(group)


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = arguments.add_output(parser)
    group.add_argument(
        '--all', action='store_true', help='with --dry-run: show also what none of the options selects'
    )


def _check_modes(parsed_args: argparse.Namespace) -> None:
    """Refuse options that mean nothing beside each other.

    :raises UsageError: when there are any.
    """
    from orphancleanup.cli.requests import refuse_together

    judging = arguments.SELECTION + arguments.SCOPE + arguments.GUARDS
    acting = (*arguments.LEVELS, *arguments.LIMITS, *arguments.PLAN_LIMITS, 'yes_remove')
    rules = (
        (
            'init_saved_state',
            (*judging, *acting, 'dry_run', 'plan', 'plan_file', 'report_file', 'tempest_results', 'all'),
            'a saved state is of the whole cloud, and nothing is selected or removed',
        ),
        ('plan', (*judging, 'dry_run', 'plan_file', 'all'), 'a plan is applied exactly as it was made'),
        ('dry_run', ('yes_remove', 'database'), 'a dry run removes nothing, and opens no database'),
    )
    for mode, options, why in rules:
        if getattr(parsed_args, mode):
            refuse_together(arguments.given(parsed_args, options), arguments.option(mode), why)
    if not parsed_args.dry_run:
        why = 'it needs --dry-run'
        refuse_together(arguments.given(parsed_args, ('plan_file', 'all')), 'a command that removes', why)
    if not parsed_args.plan:
        why = 'only a plan in a file has an age'
        refuse_together(arguments.given(parsed_args, arguments.PLAN_LIMITS), 'a plan that is made now', why)


def _check_files(parsed_args: argparse.Namespace) -> None:
    """Refuse files that could not be written later.

    :raises UsageError: when there are any.
    """
    written = _files(parsed_args, ('init_saved_state', 'plan_file', 'report_file'))
    read = ('preserve_state', 'plan', 'resource_list', 'tempest_conf', 'tempest_results')
    output_files.check_apart(written, _files(parsed_args, read))
    for option, path in written.items():
        output_files.check(option, path, parsed_args.overwrite)


def _files(parsed_args: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Path | None]:
    return {arguments.option(name): getattr(parsed_args, name) for name in names}
