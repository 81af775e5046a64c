"""``orphancleanup handler``: which kinds are known, and what their handlers can do."""

import argparse
import inspect
from collections.abc import Sequence
from typing import Any

from orphancleanup.cli.command import Lister, Show
from orphancleanup.handler import GivesEvidence, Handler, HoldsParts
from orphancleanup.registry import Loaded, Registry, load


class HandlerList(Lister):
    """List the kinds of resources that are known, in the order in which they go.

    A handler that cannot be loaded, is there twice or breaks the contract is an error: then nothing is removed.
    """

    examples = (
        'A namespace is a family of kinds; "cleanup --namespace" and "cleanup --kind" take these names.'
    )

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Answer the columns."""
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


class HandlerShow(Show):
    """Show what the handler of a kind can do."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Answer the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('kind', metavar='KIND', help='as "handler list" shows it')
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Answer the fields."""
        return (
            'kind',
            'namespace',
            'description',
            'service',
            'levels',
            'goes_after',
            'goes_before',
            'abilities',
            'resource_types',
            'deadline',
            'package',
            'module',
        )

    def values(self, parsed_args: argparse.Namespace) -> tuple[Any, ...]:
        """Answer what is known of one handler."""
        registry = load()
        handler = registry.handler(parsed_args.kind)
        return _described(registry.handlers[handler.kind], registry)


def levels(handler: Handler) -> list[str]:
    """Answer the levels of a handler's steps, gentlest first."""
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
        _abilities(handler),
        list(handler.resource_types),
        handler.deadline,
        loaded.distribution,
        type(handler).__module__,
    )


def _abilities(handler: Handler) -> list[str]:
    abilities = {
        'asks for the parts that it holds': HoldsParts,
        'gives evidence of failures': GivesEvidence,
    }
    return [text for text, protocol in abilities.items() if isinstance(handler, protocol)]
