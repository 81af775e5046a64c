"""``orphancleanup handler``: which kinds are known, and what their handlers can do."""

import argparse
import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orphancleanup.cli import numbers, opening
from orphancleanup.cli.command import Lister, Show
from orphancleanup.cli.parsing import taking
from orphancleanup.handler import GivesEvidence, Handler, HoldsParts, StaysBehind
from orphancleanup.installed.registry import Loaded, Registry, load
from orphancleanup.report import exit_code

if TYPE_CHECKING:
    from orphancleanup.authoring.check import Checked

#: how many resources "handler try" looks at one by one
SAMPLE = 5


class HandlerList(Lister):
    """List the kinds of resources that are known, in the order in which they go.

    A handler that cannot be loaded, is there twice or breaks the contract is an error: then nothing is removed.
    """

    examples = (
        'A namespace is a family of kinds; "cleanup --namespace" and "cleanup --kind" take these names.'
    )

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Namespace', 'Kind', 'Service', 'Levels', 'Package')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Load all handlers, and answer a row for each."""
        return [
            (
                loaded.namespace,
                kind,
                loaded.handler.service,
                ', '.join(levels(loaded.handler)),
                loaded.distribution,
            )
            for kind, loaded in load().handlers.items()
        ]


class HandlerCheck(Lister):
    """Check whether installed packages of handlers keep the contract. No cloud is asked.

    What is wrong is one row each: where, what, and what to do. Exit code 1 when something is.
    """

    examples = """\
Examples:
  orphancleanup handler check
  orphancleanup handler check your-package
"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'package',
            metavar='PACKAGE',
            nargs='?',
            default='',
            help='only this one, by its name (default: all)',
        )
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Where', 'What', 'Remedy')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Check, and return a row for each thing that is wrong."""
        from orphancleanup.authoring.check import check

        checked = check(parsed_args.package)
        if checked.findings:
            self.exit_code = exit_code.KNOWN_ERROR
        self.app.screen.say([_summed_up(checked)])
        return [(found.where, found.what, found.remedy) for found in checked.findings]


class HandlerTry(Lister):
    """Try a handler on the cloud: list its kind, look at some of it, follow its relations, show its ladders.

    Nothing but reading is let through. Exit code 4 when something disagrees with the contract or with what else was
    seen.
    """

    examples = """\
Examples:
  orphancleanup handler try nova-server-group
  orphancleanup handler try cinder-volume --sample 50
"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('kind', metavar='KIND', help='as "handler list" shows it')
        parser.add_argument(
            '--sample',
            metavar='COUNT',
            type=taking(numbers.positive),
            default=SAMPLE,
            help=f'how many resources are looked at one by one (default: {SAMPLE})',
        )
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns."""
        return ('Tried', 'What came of it', 'Well')

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Try the handler, and return a row for each thing that was tried."""
        from orphancleanup.authoring.trial import try_kind

        handlers = load()
        handlers.handler(parsed_args.kind)
        with opening.open_site(self.app, opening.read_settings(self.app), handlers) as site:
            tried = try_kind(site, parsed_args.kind, parsed_args.sample)
        if not all(each.is_well for each in tried):
            self.exit_code = exit_code.WORK_LEFT
        return [(each.what, each.told, each.is_well) for each in tried]


class HandlerShow(Show):
    """Show what the handler of a kind can do."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('kind', metavar='KIND', help='as "handler list" shows it')
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the fields."""
        return (
            'kind',
            'namespace',
            'description',
            'service',
            'levels',
            'goes_after',
            'goes_before',
            'selected_by',
            'creation_failed',
            'deletion_failed',
            'abilities',
            'resource_types',
            'deadline',
            'package',
            'contract',
            'module',
        )

    def values(self, parsed_args: argparse.Namespace) -> tuple[Any, ...]:
        """Return what is known of one handler."""
        registry = load()
        handler = registry.handler(parsed_args.kind)
        return _described(registry.handlers[handler.kind], registry)


def _summed_up(checked: 'Checked') -> str:
    wrong = _counted(len(checked.findings), 'finding') if checked.findings else 'nothing is wrong'
    packages = ', '.join(checked.packages) or 'no package'
    return f'{packages}: {_counted(checked.handlers, "handler")} checked, {wrong}.'


def _counted(number: int, word: str) -> str:
    return f'{number} {word}' if number == 1 else f'{number} {word}s'


def levels(handler: Handler) -> list[str]:
    """Return the levels of a handler's steps, gentlest first."""
    return [str(level) for level in sorted(handler.levels)]


def _described(loaded: Loaded, registry: Registry) -> tuple[Any, ...]:
    handler = loaded.handler
    kind = handler.kind
    return (
        kind,
        loaded.namespace,
        (inspect.getdoc(type(handler)) or '').partition('\n\n')[0].replace('\n', ' '),
        handler.service,
        levels(handler),
        sorted(registry.before(kind)),
        [other for other in registry.order if kind in registry.before(other)],
        'all reasons' if handler.selected_by is None else sorted(handler.selected_by),
        sorted(handler.states.creation_failed),
        sorted(handler.states.deletion_failed),
        _abilities(handler),
        list(handler.resource_types),
        handler.deadline,
        loaded.distribution,
        handler.contract,
        type(handler).__module__,
    )


def _abilities(handler: Handler) -> list[str]:
    asked = {
        'asks for the parts that it holds': HoldsParts,
        'gives evidence of failures': GivesEvidence,
        'tells at the end of a run what of it has stayed behind': StaysBehind,
    }
    found = [text for text, protocol in asked.items() if isinstance(handler, protocol)]
    return [*found, 'is a project: whatever is in it goes first'] if handler.contains_projects else found
