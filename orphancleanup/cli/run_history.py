"""``orphancleanup run list`` and ``run show``: what earlier runs did."""

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from orphancleanup.cli import applying
from orphancleanup.cli.command import Lister
from orphancleanup.errors import JournalError, OrphancleanupError
from orphancleanup.report import document, shape
from orphancleanup.storing import documents, plan_file, run_folder
from orphancleanup.storing.run_folder import RunFolder


class RunList(Lister):
    """List the runs of this user on this machine, the oldest first."""

    examples = (
        'An "unfinished" run was killed, or is still running; "run resume" goes on with one that was killed.'
    )

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Run', 'State', 'Cloud', 'Resources', 'Removed', 'Not removed')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Return a row for each run."""
        return [_row(folder) for folder in run_folder.list_runs()]


class RunShow(Lister):
    """Show what became of each resource in the plan of a run."""

    headings = ('Project', 'Result', 'Why')
    examples = 'RUN may be the beginning of an id, or "latest".'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('run', metavar='RUN', help='as "run list" shows it')
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return applying.outcome_columns(parsed_args)

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Return a row for each entry."""
        folder = RunFolder.find(parsed_args.run)
        report = read_report(folder)
        if report is None:
            plan = plan_file.read(folder.plan)
            self.app.screen.say(
                [
                    f'Run {folder.run_id} has not finished: it was killed, or is still running. '
                    f'{len(plan.entries)} resources are in its plan {folder.plan}; what was done is in '
                    f'{folder.journal}. To go on with it: orphancleanup run resume {folder.run_id}'
                ]
            )
            return []
        return applying.record_rows(parsed_args, report['outcomes'])


def read_report(folder: RunFolder) -> dict[str, Any] | None:
    """Read the report of a run; None when it has not finished.

    :raises JournalError: when there is one that is broken.
    """

    def refuse(problem: str) -> JournalError:
        return JournalError(f'The report {folder.report} {problem}; what was done is in {folder.journal}.')

    try:
        text = folder.report.read_text(encoding='utf-8')
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise refuse('cannot be read') from error
    report = documents.load(text, refuse)
    if (report.get('format'), report.get('version')) != (document.FORMAT, document.VERSION):
        raise refuse('was written by another version of orphancleanup')
    if not shape.is_whole(report):
        raise refuse('is damaged')
    return report


def _row(folder: RunFolder) -> tuple[Any, ...]:
    try:
        plan = plan_file.read(folder.plan)
        report = read_report(folder)
    except OrphancleanupError:
        return (folder.run_id, 'unreadable', None, None, None, None)
    here = (folder.run_id, _state(report), plan.cloud.auth_url, len(plan.entries))
    if report is None:
        return (*here, None, None)
    results = Counter(each['result'] for each in report['outcomes'])
    removed = results['removed'] + results['already-gone']
    return (*here, removed, sum(results.values()) - removed)


def _state(report: dict[str, Any] | None) -> str:
    if report is None:
        return 'unfinished'
    return 'interrupted' if report['run']['interrupted'] else 'finished'
