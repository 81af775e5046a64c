"""The options that say what is selected, where, and what is kept; shared by the commands that judge."""

import argparse
import datetime
import os
from pathlib import Path

from orphancleanup.cli import durations, numbers
from orphancleanup.cli.parsing import taking
from orphancleanup.errors import UsageError
from orphancleanup.judging.selection import KeepPattern
from orphancleanup.model import KIND, Ref

#: tempest's name for the file, and ours
SAVED_STATE = 'saved_state.json'
RESOURCE_LIST = 'resource_list.json'
STUCK = datetime.timedelta(hours=1)

SELECTION = ('preserve_state', 'orphans', 'stuck', 'prefix', 'resource', 'resource_list', 'everything')
SCOPE = ('project', 'namespace', 'kind', 'exclude_kind')
GUARDS = ('older_than', 'keep', 'tempest_conf')
LEVELS = ('force', 'backend', 'database')
LIMITS = ('max_removals', 'max_share', 'max_database_removals')
PLAN_LIMITS = ('max_plan_age',)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add what counts as a reason."""
    group = parser.add_argument_group('what to remove (several add up)')
    group.add_argument(
        '--preserve-state',
        metavar='FILE',
        nargs='?',
        type=taking(path),
        const=Path(SAVED_STATE),
        help=f"what is not in this saved state, which may be tempest's (default: {SAVED_STATE})",
    )
    group.add_argument(
        '--orphans',
        action='store_true',
        help='what is orphaned: its project, or what it depends on, no longer exists',
    )
    group.add_argument(
        '--stuck',
        metavar='DURATION',
        nargs='?',
        type=taking(durations.parse),
        const=STUCK,
        help='what failed to be created or deleted, or hangs while it is deleted, for longer than this (default: 1h)',
    )
    group.add_argument(
        '--prefix',
        metavar='TEXT',
        action='append',
        type=taking(prefix),
        default=[],
        help='what has a name that starts with TEXT (as tempest has it start: resource_name_prefix)',
    )
    group.add_argument(
        '--resource',
        metavar='KIND:ID',
        action='append',
        type=taking(Ref.parse),
        default=[],
        help='this one resource',
    )
    group.add_argument(
        '--resource-list',
        metavar='FILE',
        nargs='?',
        type=taking(path),
        const=Path(RESOURCE_LIST),
        help=f"what tempest's resource list names, which is only read (default: {RESOURCE_LIST})",
    )
    group.add_argument(
        '--everything',
        action='store_true',
        help='everything that is not protected; what is in the project that you work from only if --project names it',
    )


def add_scope(parser: argparse.ArgumentParser) -> None:
    """Add where the selection looks."""
    group = parser.add_argument_group('where to look (default: the whole cloud)')
    group.add_argument(
        '--project',
        metavar='NAME_OR_ID',
        action='append',
        type=taking(word),
        default=[],
        help='only in this project (also called tenant); the id may be that of a project that no longer exists',
    )
    group.add_argument(
        '--namespace',
        metavar='NAME',
        action='append',
        type=taking(word),
        default=[],
        help='only kinds of this family (see "handler list")',
    )
    for option, text in (
        ('--kind', 'only this kind, and what goes with it'),
        ('--exclude-kind', 'not this kind, and nothing that it would go with'),
    ):
        group.add_argument(
            option,
            metavar='KIND',
            action='append',
            type=taking(word),
            default=[],
            help=f'{text} (see "handler list")',
        )


def add_guards(parser: argparse.ArgumentParser) -> None:
    """Add what is kept all the same."""
    group = parser.add_argument_group('what to keep all the same')
    group.add_argument(
        '--older-than',
        metavar='DURATION',
        type=taking(durations.parse),
        help='keep what is younger than this, or of unknown age (90m, 7d, 1h30m)',
    )
    group.add_argument(
        '--keep',
        metavar='KIND:NAME_OR_ID',
        action='append',
        type=taking(keep_pattern),
        default=[],
        help='keep what has this id or name (* and ? stand for any text); KIND may be *',
    )
    group.add_argument(
        '--tempest-conf',
        metavar='FILE',
        type=taking(path),
        help='keep what this tempest.conf names: accounts, roles, images, flavors, networks (default: config_file of '
        'the group [tempest])',
    )


def add_plan_age(parser: argparse._ActionsContainer) -> None:
    """Add how old a plan may be."""
    parser.add_argument(
        '--max-plan-age',
        metavar='DURATION',
        type=taking(durations.parse),
        help='with --plan: how old it may be (default: 1d)',
    )


def add_levels(parser: argparse.ArgumentParser) -> None:
    """Add how harsh the steps may be."""
    group = parser.add_argument_group('harsher steps, for what the gentle ones could not remove')
    group.add_argument('--force', action='store_true', help='allow to reset states and to force the deletion')
    group.add_argument(
        '--backend',
        action='store_true',
        help='allow steps on the storage array, the hosts and the network controller',
    )
    group.add_argument('--database', action='store_true', help="allow steps in the services' databases")


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add the circuit breakers."""
    group = parser.add_argument_group('limits (a plan beyond them is shown, and nothing is removed)')
    group.add_argument(
        '--max-removals',
        metavar='N',
        type=taking(numbers.positive),
        help='how many resources may be removed (default: 1000)',
    )
    group.add_argument(
        '--max-share',
        metavar='PERCENT',
        type=taking(numbers.percent),
        help='how much of a kind may be removed without a saved state, if there are 20 or more of it (default: 50)',
    )
    group.add_argument(
        '--max-database-removals',
        metavar='N',
        type=taking(numbers.positive),
        help="with --database: how many resources may be changed in the services' databases (default: 25)",
    )


def add_output(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add what is written, and what is asked before anything goes; return the group, for more of the same."""
    group = parser.add_argument_group('files and questions')
    group.add_argument(
        '--report-file',
        metavar='FILE',
        type=taking(path),
        help='write a report for programs (JSON) to this file',
    )
    add_results(group)
    group.add_argument('--overwrite', action='store_true', help='overwrite files that exist')
    group.add_argument('--yes-remove', action='store_true', help='remove without asking for confirmation')
    return group


def add_results(group: argparse._ActionsContainer) -> None:
    """Add where the results of a test run are."""
    group.add_argument(
        '--tempest-results',
        metavar='FILE',
        type=taking(path),
        help='tell which test of this run left what: a subunit stream, a .stestr repository or a JUnit file',
    )


def given(parsed_args: argparse.Namespace, names: tuple[str, ...]) -> list[str]:
    """Return the options among ``names`` that were used, as they are typed."""
    found = (name for name in names if getattr(parsed_args, name) not in (None, False, []))
    return [option(name) for name in found]


def option(name: str) -> str:
    """Return an option as it is typed."""
    return '--' + name.replace('_', '-')


def path(text: str) -> Path:
    """Read a file's name.

    :raises UsageError: when it is empty.
    """
    if not text.strip():
        raise UsageError('the file name is empty.')
    # Unlike Path.expanduser() it takes ~ as it is where no home is known.
    return Path(os.path.expanduser(text))


def word(text: str) -> str:
    """Read a name or an id.

    :raises UsageError: when it is empty.
    """
    if not text.strip():
        raise UsageError('the name is empty.')
    return text


def prefix(text: str) -> str:
    """Read the beginning of a name.

    :raises UsageError: when it is empty, or a pattern.
    """
    if not text.strip():
        raise UsageError(
            'an empty text is how every name starts; to remove everything there is --everything.'
        )
    if text.endswith('*'):
        raise UsageError(f'{text!r}: names are compared with this text as it is; leave out the asterisk.')
    return text


def keep_pattern(text: str) -> KeepPattern:
    """Read ``KIND:NAME_OR_ID``.

    :raises UsageError: when it is not of that form.
    """
    kind, _, pattern = text.partition(':')
    if not pattern or not (kind == '*' or KIND.fullmatch(kind)):
        raise UsageError(
            f'{text!r} is not KIND:NAME_OR_ID (for instance cinder-volume:golden-*, or *:golden-*).'
        )
    return KeepPattern(kind, pattern)
