"""The last step before something is removed, and what is told afterwards; the same for all who apply."""

import contextlib
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orphancleanup.cli import opening, output_files
from orphancleanup.cli.command import is_for_machines, shown_to_people
from orphancleanup.cli.tables import FittingTable
from orphancleanup.errors import ConfigurationError, PlanError, UsageError
from orphancleanup.model import Ref
from orphancleanup.report import document, exit_code, outcomes, summary, tests, verdicts

if TYPE_CHECKING:
    from orphancleanup.cli.application import Application
    from orphancleanup.judging.attribution import Attribution
    from orphancleanup.judging.plan import Plan
    from orphancleanup.results import Applied
    from orphancleanup.site import Site
    from orphancleanup.storing.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class ReportFile:
    """Where a report goes, and what it says of itself.

    :param path: None when none was asked for.
    """

    mode: str
    path: Path | None
    overwrite: bool

    def write(self, account: document.Account, code: int) -> None:
        """Write the report, if it was asked for.

        :raises ConfigurationError: when it cannot be written.
        """
        if self.path:
            report = document.rows(heading(self.mode, code), account)
            output_files.write_json(self.path, report, self.overwrite)


def heading(mode: str, code: int) -> document.Heading:
    """Return what a report that is made now says of itself."""
    from orphancleanup.cli.application import tool_version
    from orphancleanup.clock import SystemClock

    return document.Heading(mode, tool_version(), SystemClock().now(), code)


def check_consent(application: 'Application', parsed_args: Namespace, first: str) -> None:
    """Refuse to remove anything when nobody could be asked and nobody has agreed beforehand.

    :param first: how one looks at the plan before one agrees, for the sentence.
    :raises UsageError: then.
    """
    if not parsed_args.yes_remove and not application.screen.can_ask:
        raise UsageError(
            f'There is no terminal to ask for confirmation, so nothing was removed: {first} first, then add '
            f'--yes-remove.'
        )


def show_plan(application: 'Application', plan: 'Plan', parsed_args: Namespace) -> None:
    """Show all entries of a plan on stderr, and what they come to: stdout is for what becomes of them."""
    rows = [[shown_to_people(value) for value in row] for row in verdicts.plan_rows(plan)]
    options = Namespace(
        **{**vars(parsed_args), 'columns': [], 'headings': () if parsed_args.long else verdicts.HEADINGS}
    )
    with application.screen.paused() as stderr:
        FittingTable().emit_list(verdicts.COLUMNS, rows, stderr, options)
    application.screen.catch_up()


def agree(
    application: 'Application', site: 'Site', parsed_args: Namespace, account: document.Account
) -> None:
    """Show the plan; refuse it when it breaks a limit or nobody agrees.

    :raises PlanError: then.
    """
    is_asking = not parsed_args.yes_remove
    if account.breaches or is_asking or not application.screen.is_quiet:
        show_plan(application, account.plan, parsed_args)
    _refuse_breaches(application, account.breaches)
    if is_asking:
        _ask(application, account.plan, site)


def _refuse_breaches(application: 'Application', breaches: Sequence[str]) -> None:
    """Refuse a plan that breaks a limit.

    :raises PlanError: when there are any breaches.
    """
    if breaches:
        application.screen.tell(summary.of_breaches(breaches))
        raise PlanError(
            'The plan is beyond a limit, so nothing was removed: read the plan above, then narrow the selection '
            'or raise the limit by name.'
        )


def _ask(application: 'Application', plan: 'Plan', site: 'Site') -> None:
    """Ask whether the plan is to be applied; the answer is the cloud's name.

    :raises PlanError: when it is another answer.
    """
    from orphancleanup.storing import validity

    here = site.cloud.identity
    name = opening.cloud_name(application.options, here)
    region = f', region {here.region}' if here.region else ''
    application.screen.tell(
        [
            f'This removes {summary.count(len(plan.entries), "resource")} of {_projects(plan)} from the cloud {name} '
            f'({here.auth_url}{region}). What is removed cannot be brought back. The plan was made '
            f'{validity.age_of(plan, site.clock.now())}.'
        ]
    )
    if application.screen.ask(f'To go on, type the name of the cloud ({name}):') != name:
        raise PlanError('That is not the name of the cloud, so nothing was removed.')


def _projects(plan: 'Plan') -> str:
    """Return of how many projects a plan removes something, in words; some things are in none (users, keypairs)."""
    ids = {entry.resource.project_id for entry in plan.entries}
    if ids == {''}:
        return 'no project'
    return summary.count(len(ids - {''}), 'project') + (' and of none' if '' in ids else '')


def run(application: 'Application', folder: 'RunFolder', work: Callable[[], 'Applied']) -> 'Applied':
    """Do the work of a run, and say how to go on with it when it is cut short."""
    application.screen.say([f'Run {folder.run_id}: its journal is in {folder.path}.'])
    with _cut_short(application, folder):
        return work()


@contextlib.contextmanager
def _cut_short(application: 'Application', folder: 'RunFolder') -> Iterator[None]:
    try:
        yield
    except BaseException:
        if folder.journal.exists():
            application.screen.tell([_resume_line(folder.run_id)])
        raise


@contextlib.contextmanager
def kept_if_begun(folder: 'RunFolder') -> Iterator['RunFolder']:
    """Throw the folder of a new run away when it did not come to its journal: nothing was done then."""
    try:
        yield folder
    except BaseException:
        if not folder.journal.exists():
            with contextlib.suppress(OSError):
                folder.plan.unlink(missing_ok=True)
                folder.path.rmdir()
        raise


def _resume_line(run_id: str) -> str:
    return f'The run did not finish. To go on with it: orphancleanup run resume {run_id}'


def finish(
    application: 'Application', applied: 'Applied', account: document.Account, reports: Sequence[ReportFile]
) -> int:
    """Tell what an apply came to and write the reports.

    :returns: the exit code.
    """
    code = exit_code.of_apply(applied)
    duration = applied.ended - applied.started
    lines = summary.of_outcomes(applied.outcomes, duration, applied.requests, applied.interrupted)
    application.screen.say_below([*lines, *summary.of_work(applied.plan)])
    application.screen.tell_below(summary.of_left_behind(applied.left_behind))
    application.screen.tell_below(applied.warnings)
    if applied.interrupted:
        application.screen.tell_below([_resume_line(applied.run_id)])
    for report in reports:
        try:
            report.write(account, code)
        except ConfigurationError as error:
            # What was done must be told all the same.
            application.screen.tell_below([f'orphancleanup: {error}'])
            code = code or error.exit_code
    return code


def test_column(parsed_args: Namespace) -> tuple[str, ...]:
    """Return the column of the tests, where a row is a line: below a table they are told one by one."""
    has_tests = bool(getattr(parsed_args, 'tempest_results', None)) and parsed_args.formatter != 'table'
    return ('Test',) if has_tests else ()


def test_cell(parsed_args: Namespace, found: 'Attribution | None', ref: Ref) -> tuple[str, ...]:
    """Return the cell of that column."""
    if not test_column(parsed_args):
        return ()
    return (tests.name(tests.record(found.by_ref.get(ref) if found else None)),)


def outcome_columns(parsed_args: Namespace) -> Sequence[str]:
    """Return the columns of what became of a plan."""
    return outcomes.FIELDS if is_for_machines(parsed_args) else (*outcomes.COLUMNS, *test_column(parsed_args))


def outcome_rows(
    parsed_args: Namespace, applied: 'Applied', found: 'Attribution | None' = None
) -> list[tuple[Any, ...]]:
    """Return the rows of what became of a plan.

    :param found: which test left what.
    """
    return record_rows(parsed_args, outcomes.records(applied.outcomes, applied.plan, found))


def record_rows(parsed_args: Namespace, records: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the rows of what a report says of the outcomes."""
    if is_for_machines(parsed_args):
        return [tuple(each[name] for name in outcomes.FIELDS) for each in records]
    if not test_column(parsed_args):
        return outcomes.rows(records)
    named: list[str] = []

    def noted() -> Iterator[dict[str, Any]]:
        for each in records:
            named.append(tests.name(each['test']))
            yield each

    return [(*row, name) for row, name in zip(outcomes.rows(noted()), named, strict=True)]
