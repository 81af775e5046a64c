"""``orphancleanup saved-state``: what a saved state holds, whether it can be trusted, and what has changed since."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orphancleanup.cli import arguments, opening
from orphancleanup.cli.command import Lister, Show
from orphancleanup.cli.parsing import taking
from orphancleanup.judging.baseline import Baseline
from orphancleanup.report.projects import shown_name, told_apart
from orphancleanup.storing import saved_state

if TYPE_CHECKING:
    from orphancleanup.results import Comparison


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        'file',
        metavar='FILE',
        nargs='?',
        type=taking(arguments.path),
        default=Path(arguments.SAVED_STATE),
        help=f"the saved state, which may be tempest's (default: {arguments.SAVED_STATE})",
    )


class SavedStateShow(Show):
    """Show what is in a saved state, without asking the cloud."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        _add_file(parser)
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the fields."""
        return (
            'file',
            'made_by',
            'created_at',
            'cloud',
            'region',
            'user_id',
            'fingerprint',
            'covers',
            'projects',
            'resources',
        )

    def values(self, parsed_args: argparse.Namespace) -> tuple[Any, ...]:
        """Return what is in the file."""
        return _described(parsed_args.file, saved_state.read(parsed_args.file))


def _described(path: Path, baseline: Baseline) -> tuple[Any, ...]:
    cloud = baseline.cloud
    maker = f'orphancleanup {baseline.tool_version}' if cloud else 'tempest'
    numbers = Counter(ref.kind for ref in baseline.resources)
    return (
        str(path),
        maker,
        baseline.created_at.isoformat() if baseline.created_at else None,
        cloud.auth_url if cloud else None,
        cloud.region if cloud else None,
        cloud.user_id if cloud else None,
        cloud.fingerprint if cloud else None,
        [_covered(kind, baseline) for kind in sorted(baseline.complete)],
        len(baseline.projects),
        [f'{kind}: {number}' for kind, number in sorted(numbers.items())],
    )


def _covered(kind: str, baseline: Baseline) -> str:
    return f'{kind} in projects that came later' if kind in baseline.in_new_projects else kind


class SavedStateCheck(Lister):
    """Check that a saved state is undamaged, is of this cloud, and covers all kinds that the cloud may have.

    Exit code 4 when a kind is not covered: with --preserve-state everything of that kind is kept.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        _add_file(parser)
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Kind', 'Resources', 'Covered')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Check the file, the cloud, and each kind."""
        from orphancleanup import runs
        from orphancleanup.installed import registry
        from orphancleanup.report import exit_code, summary

        baseline = saved_state.read(parsed_args.file)
        handlers = registry.load()
        with opening.open_site(self.app, opening.read_settings(self.app), handlers) as site:
            runs.check_baseline(site, baseline)
            absent = runs.absent(site, [kind for kind in handlers.order if kind not in baseline.complete])
        self.app.screen.say_below(summary.of_absent(absent))
        numbers = Counter(ref.kind for ref in baseline.resources)
        shown = [kind for kind in handlers.order if kind not in absent]
        rows = [(kind, numbers[kind], kind in baseline.complete) for kind in shown]
        if not all(is_covered for _, _, is_covered in rows):
            self.exit_code = exit_code.WORK_LEFT
        return rows


class SavedStateDiff(Lister):
    """Show what appeared, vanished or was set otherwise since a saved state was taken.

    Exit code 4 when there is a difference, or something could not be read. The change "not-covered" means that the
    saved state says nothing about that kind.
    """

    headings = ('Project', 'Change')

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        _add_file(parser)
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Change', 'Kind', 'ID', 'Name', 'Project', 'Details')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Compare the file with the cloud."""
        from orphancleanup import runs
        from orphancleanup.installed import registry
        from orphancleanup.report import exit_code, summary

        baseline = saved_state.read(parsed_args.file)
        with opening.open_site(self.app, opening.read_settings(self.app), registry.load()) as site:
            found = runs.diff(site, baseline)
        # As they are called now, or were called then.
        named = told_apart(
            {**baseline.projects, **{identifier: each.name for identifier, each in found.projects.items()}}
        )
        if not found.is_same:
            self.exit_code = exit_code.WORK_LEFT
        self.app.screen.say_below([_summed_up(found), *summary.of_absent(found.absent)])
        self.app.screen.tell_below(summary.of_unread(found.unread))
        return [
            (
                each.change,
                each.ref.kind,
                each.ref.id,
                each.name,
                shown_name(each.project_id, named, found.known_projects),
                '; '.join(each.details),
            )
            for each in found.differences
        ]


def _summed_up(found: 'Comparison') -> str:
    if found.is_same:
        return 'The cloud is as it was when the saved state was taken.'
    if not found.differences:
        return 'What could be read is as it was when the saved state was taken.'
    changes = Counter(each.change for each in found.differences)
    return ', '.join(f'{number} {change}' for change, number in sorted(changes.items())) + '.'
