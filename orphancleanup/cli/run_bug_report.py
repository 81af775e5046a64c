"""``orphancleanup run bug-report``: what a run left behind, as text for a tracker."""

import argparse
from typing import TYPE_CHECKING, Any

from cliff import command

from orphancleanup.cli.parsing import HelpFormatter, taking
from orphancleanup.errors import UsageError
from orphancleanup.model import Ref
from orphancleanup.report import bug_report

if TYPE_CHECKING:
    from orphancleanup.cli.application import Application


class RunBugReport(command.Command):
    """Write what a run could not remove, and why, as text to paste into a tracker.

    It tells what each resource is, why it was to go, what was tried and answered with the request ids of the services,
    what stands in its way, what the services say, and what would be tried next. Names and messages are made harmless.
    """

    app: 'Application'
    examples = """\
Examples:
  orphancleanup run bug-report latest
  orphancleanup run bug-report latest cinder-volume:ID -f rst

RUN may be the beginning of an id, or "latest".
"""

    def _load_hooks(self) -> None:
        self._hooks = []

    def get_epilog(self) -> str:
        """Return the examples."""
        return self.examples

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.formatter_class = HelpFormatter
        parser.add_argument('run', metavar='RUN', help='as "run list" shows it')
        parser.add_argument(
            'ref',
            metavar='KIND:ID',
            nargs='?',
            type=taking(Ref.parse),
            help='one resource (default: all that is left)',
        )
        parser.add_argument(
            '-f',
            '--format',
            choices=bug_report.MARKUPS,
            default=bug_report.MARKDOWN,
            help='how the tracker wants its text (default: %(default)s)',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Write it to standard output."""
        from orphancleanup.cli.run_history import read_report
        from orphancleanup.storing.run_folder import RunFolder

        folder = RunFolder.find(parsed_args.run)
        report = read_report(folder)
        if report is None:
            raise UsageError(
                f'Run {folder.run_id} has not finished, so that what it leaves is not known; to go on with it: '
                f'orphancleanup run resume {folder.run_id}'
            )
        chosen = _chosen(report, parsed_args.ref, folder.run_id)
        self.app.stdout.write(bug_report.write(report, chosen, parsed_args.format))
        self.app.stdout.flush()


def _chosen(report: dict[str, Any], ref: Ref | None, run_id: str) -> list[Any]:
    """Return the records that the text is to be about.

    :raises UsageError: when there are none.
    """
    left = bug_report.left(report)
    if ref is not None:
        left = [each for each in left if (each['kind'], each['id']) == (ref.kind, ref.id)]
    if not left:
        what = f'{ref}' if ref is not None else 'anything'
        raise UsageError(
            f'Run {run_id} has not left {what} behind: there is nothing to report; see '
            f'"orphancleanup run show {run_id}".'
        )
    return left
