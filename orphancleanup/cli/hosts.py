"""``orphancleanup host``: the multipath maps of compute hosts, and what an account needs to ask for them."""

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from orphancleanup.cli import opening
from orphancleanup.cli.command import Lister
from orphancleanup.report import exit_code


class HostScan(Lister):
    """List the multipath maps of a 3PAR array's volumes on this host, or on others through ssh. Reads only.

    Run it as root. A host that cannot be asked is an error: that nothing was found means that there is nothing. Exit
    code 4 when a map has a path that does not work.
    """

    examples = """\
Examples:
  orphancleanup host scan
  orphancleanup host scan compute1 compute2
  orphancleanup host scan --configured
"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('host', metavar='HOST', nargs='*', help='as ssh knows it (default: this one)')
        parser.add_argument(
            '--configured',
            action='store_true',
            help='the hosts of the group [3par] of the configuration file, too',
        )
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Host', 'Map', 'WWID', 'WWN', 'Device', 'Working', 'Faulty', 'Paths', 'In use by')

    def rows(self, parsed_args: argparse.Namespace) -> Iterable[Sequence[Any]]:
        """Ask the hosts, and return a row for each map."""
        from orphancleanup.plugins.threepar_lun.host import wwid
        from orphancleanup.plugins.threepar_lun.host.opened import computes

        options = opening.read_settings(self.app).plugins
        asked = computes(options, parsed_args.host, is_configured=parsed_args.configured)
        for each in asked.all_maps():
            faulty = [path for path in each.paths if path.is_faulty]
            if faulty or not each.paths:
                self.exit_code = exit_code.WORK_LEFT
            yield (
                each.host, each.name, each.wwid, wwid.wwn_of(each.wwid), each.device, len(each.paths) - len(faulty),
                len(faulty), [_path(path) for path in each.paths], list(each.holders),
            )  # fmt: skip


class HostSudoers(Lister):
    """Print what an account other than root needs on a compute host, for a file in /etc/sudoers.d.

    Each line allows one whole command line, without a pattern.
    """

    examples = """\
Examples:
  orphancleanup host sudoers --account cleanup -f value > /etc/sudoers.d/orphancleanup
  orphancleanup host sudoers --account cleanup --read-only
"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--account', metavar='NAME', default='orphancleanup', help='that ssh logs in with'
        )
        parser.add_argument(
            '--program', metavar='PATH', help='of orphancleanup-host on the hosts (default: as here)'
        )
        parser.add_argument(
            '--read-only', action='store_true', help='it may ask for maps, and not remove any'
        )
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the column."""
        return ('Line',)

    def rows(self, parsed_args: argparse.Namespace) -> Iterable[Sequence[Any]]:
        """Return the lines."""
        from orphancleanup.plugins.threepar_lun.host import sudoers

        program = parsed_args.program or sudoers.installed()
        return [(line,) for line in sudoers.lines(parsed_args.account, program, not parsed_args.read_only)]


def _path(path: Any) -> str:
    states = f'{path.mapper_state} {path.checker_state} {path.device_state}'
    return f'{path.address} {path.device} {path.number} {states}'
