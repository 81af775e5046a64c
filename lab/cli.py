"""The command line: ``python3 -m lab COMMAND``."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lab import faults, health, layout, lifecycle, processes, scenarios, services
from lab.errors import LabError

Command = Callable[[argparse.Namespace], int]

DESCRIPTION = """\
A real OpenStack on loopback: Keystone, Glance, Placement, Neutron, Nova with a fake hypervisor,
Cinder on files, and Heat, for trying orphancleanup and for its functional tests. Everything is kept
in one folder; nothing of the system is touched and no system service is started."""

EPILOG = """\
examples:
  python3 -m lab up                 start the lab (the first time takes some minutes)
  python3 -m lab seed projects       fill it with three projects
  python3 -m lab seed many --kind cinder-volume --count 50
  python3 -m lab faults off         repair the storage backend that `seed stuck` relies on
  python3 -m lab reset              back to the fresh lab
  python3 -m lab down               stop it; the next `up` finds everything as it was"""


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    found = argparse.ArgumentParser(
        prog="python3 -m lab", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    _add_place(found, layout.default_root())
    commands = found.add_subparsers(title='commands', metavar='COMMAND', required=True)
    _command(commands, 'up', _up, 'Start the lab, making it first if there is none.')
    _add_down(_command(commands, 'down', _down, 'Stop the lab and leave no process behind.'))
    _add_status(_command(commands, 'status', _status, 'Show each service; exit 0 if all are up, else 1.'))
    _command(commands, 'reset', _reset, 'Bring the content back to that of the fresh lab, faults on.')
    _add_faults(_command(commands, 'faults', _faults, 'Break or repair the storage backend.'))
    scenarios.add_parsers(_command(commands, 'seed', _seed, 'Fill the lab; print what was made as JSON.'))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :param arguments: the command line; None is the process's own.
    :returns: the exit code: 0 well, 1 not, 2 wrong usage, 130 interrupted.
    """
    options = parser().parse_args(arguments)
    options.dir = options.dir.absolute()
    try:
        return int(options.run(options))
    except LabError as error:
        print(f'lab: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('lab: interrupted.', file=sys.stderr)
        return 130


def _command(commands: argparse._SubParsersAction, name: str, run: Command, sentence: str):  # type: ignore[no-untyped-def,type-arg]
    found = commands.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
    found.set_defaults(run=run)
    # Also after the command, where people put them; SUPPRESS keeps what stood before.
    _add_place(found, argparse.SUPPRESS)
    return found


def _add_place(found: argparse.ArgumentParser, default: object) -> None:
    found.add_argument(
        "--dir", type=Path, default=default, metavar="DIR",
        help="the lab's folder (default: .lab in this checkout)",
    )  # fmt: skip
    found.add_argument(
        "--port-offset", type=int, metavar="N",
        default=None if isinstance(default, Path) else default,
        help="add N to every port (default: 0, or what the lab was made with)",
    )  # fmt: skip


def _add_down(found: argparse.ArgumentParser) -> None:
    found.add_argument('--remove', action='store_true', help="remove the lab's folder too, with all it holds")


def _add_status(found: argparse.ArgumentParser) -> None:
    found.add_argument('--json', action='store_true', help='print a JSON document instead of a table')


def _add_faults(found: argparse.ArgumentParser) -> None:
    found.add_argument('wanted', choices=('on', 'off', 'status'), help=f'on: {faults.MEANING}; off: repaired')


def _up(options: argparse.Namespace) -> int:
    lab = lifecycle.up(options.dir, options.port_offset)
    command = 'python3 -m lab' + ('' if lab.root == layout.default_root() else f' --dir {lab.root}')
    print(
        'Use it with:\n'
        f'  export OS_CLIENT_CONFIG_FILE={lab.clouds_yaml} OS_CLOUD=lab\n'
        f'  {lab.environment}/bin/openstack project list\n'
        f'Fill it with `{command} seed projects`; stop it with `{command} down`.'
    )
    return 0


def _down(options: argparse.Namespace) -> int:
    count = lifecycle.down(options.dir, options.remove)
    print(f'Ended {count} processes of the lab in {options.dir}.' if count else 'The lab was not running.')
    return 0


def _status(options: argparse.Namespace) -> int:
    rows = health.rows(layout.load(options.dir, options.port_offset))
    print(health.as_json(rows) if options.json else health.table(rows))
    return 0 if all(row.is_up for row in rows) else 1


def _reset(options: argparse.Namespace) -> int:
    lifecycle.reset(options.dir, options.port_offset)
    return 0


def _faults(options: argparse.Namespace) -> int:
    print(faults.switch(layout.load(options.dir, options.port_offset), options.wanted))
    return 0


def _seed(options: argparse.Namespace) -> int:
    """Run a scenario, in the lab's own virtual environment: that is where the SDK is."""
    lab = layout.load(options.dir, options.port_offset)
    if not all(row.is_up for row in health.rows(lab)):
        raise LabError(f'The lab in {lab.root} is not running: start it with `python3 -m lab up`.')
    if Path(sys.prefix) != lab.environment:
        command = [*services.python(lab), 'lab', *sys.argv[1:]]
        os.execve(command[0], command, services.variables(lab) | processes.marks(lab.root, 'seed'))
    return scenarios.run(lab, options)
