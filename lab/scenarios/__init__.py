"""What `seed` can put into a lab: one module a scenario, run with the lab's own Python.

This module needs the standard library only, so that ``--help`` works before anything is installed.
"""

import argparse
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lab.errors import LabError
from lab.layout import Lab

Parser = argparse.ArgumentParser
PROJECTS = ('alpha', 'beta', 'gamma')
KINDS = ('cinder-volume', 'cinder-snapshot', 'neutron-network', 'nova-server', 'heat-stack')


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, without the module that makes it.

    :ivar module: its module in this package.
    :ivar sentence: what it makes.
    :ivar add_arguments: adds its options to its parser.
    """

    module: str
    sentence: str
    add_arguments: Callable[[Parser], None]


def _add_projects(parser: Parser) -> None:
    parser.add_argument(
        "--project", action="append", dest="projects", metavar="NAME",
        help=f"the project's name; repeatable (default: {', '.join(PROJECTS)})",
    )  # fmt: skip


def _add_leaks(parser: Parser) -> None:
    _add_projects(parser)
    parser.add_argument('--prefix', default='tempest', help='how the names begin (default: tempest)')


def _add_dead(parser: Parser) -> None:
    parser.add_argument(
        '--prefix', default='dead', help='the projects are PREFIX-1 and PREFIX-2 (default: dead)'
    )


def _add_contrail(parser: Parser) -> None:
    parser.add_argument(
        '--prefix',
        default='contrail',
        help='the projects are PREFIX-dead, PREFIX-used and PREFIX-living (default: contrail)',
    )


def _add_sahara(parser: Parser) -> None:
    parser.add_argument(
        '--prefix',
        default='sahara',
        help='the projects are PREFIX-living, PREFIX-dead and PREFIX-creator (default: sahara)',
    )


def _add_stuck(parser: Parser) -> None:
    parser.add_argument(
        '--project', default='stuck', metavar='NAME', help="the project's name (default: stuck)"
    )


def _add_many(parser: Parser) -> None:
    parser.add_argument('--kind', required=True, choices=KINDS, help='what to make')
    parser.add_argument('--count', required=True, type=int, metavar='N', help='how many there shall be')
    parser.add_argument(
        '--project', default='many', metavar='NAME', help="the project's name (default: many)"
    )
    parser.add_argument('--prefix', default='many', help='how the names begin (default: many)')
    parser.add_argument('--threads', type=int, default=8, metavar='N', help='requests at a time (default: 8)')


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        'projects': Scenario(
            'projects', 'Make projects with users and a mixed set of resources each.', _add_projects
        ),
        'leaks': Scenario(
            'leaks', 'Leave in these projects what a failed test run leaves behind.', _add_leaks
        ),
        'dead-projects': Scenario(
            'dead_projects',
            'Make two projects and delete them with everything still inside.',
            _add_dead,
        ),
        'stuck': Scenario(
            'stuck', 'Make volumes, snapshots, a server and a stack that are stuck.', _add_stuck
        ),
        'contrail': Scenario(
            'contrail',
            'Make three projects with networks in Contrail; delete two of them in Keystone.',
            _add_contrail,
        ),
        'sahara': Scenario(
            'sahara',
            'Make clusters of Sahara, some that will not go, of a deleted project and of a deleted user.',
            _add_sahara,
        ),
        'many': Scenario('many', 'Make many of one kind, for benchmarks.', _add_many),
    }
)


def add_parsers(parser: Parser) -> None:
    """Add a sub-command for each scenario."""
    found = parser.add_subparsers(title='scenarios', metavar='SCENARIO', required=True)
    for name, scenario in SCENARIOS.items():
        added = found.add_parser(
            name, help=scenario.sentence, description=scenario.sentence, allow_abbrev=False
        )
        added.set_defaults(scenario=name)
        scenario.add_arguments(added)


def run(lab: Lab, options: argparse.Namespace) -> int:
    """Make a scenario and print its document; this must run inside the lab's environment.

    :param lab: the running lab.
    :param options: the command line; ``options.scenario`` names the scenario.
    :returns: the exit code.
    :raises LabError: if something could not be made.
    """
    from openstack.exceptions import SDKException

    from lab.scenarios.document import render
    from lab.scenarios.project import Seeder

    module = importlib.import_module(f'lab.scenarios.{SCENARIOS[options.scenario].module}')
    try:
        projects = module.make(Seeder.connect(lab), options)
    except (SDKException, RuntimeError, TimeoutError) as error:
        raise LabError(
            f'{options.scenario} was not finished: {error}; the logs are in {lab.log}, and running it again '
            'goes on where it ended.'
        ) from error
    print(render(options.scenario, projects))
    return 0
