"""From the options to a request, refusing what cannot be meant."""

import argparse
import dataclasses
from collections.abc import Iterable
from pathlib import Path

from orphancleanup.cli.parsing import suggestion
from orphancleanup.errors import UsageError
from orphancleanup.installed.registry import Registry
from orphancleanup.judging.preserved import Preservation
from orphancleanup.judging.selection import Protection, Reach, Request, Selection
from orphancleanup.model import Level, Ref
from orphancleanup.settings import Limits, Settings
from orphancleanup.storing import saved_state
from orphancleanup.tempest import configuration, resource_list

TEACHING = (
    'Say what to remove: --preserve-state [FILE] (what is not in a saved state), --orphans (what lost its project or '
    'what it depends on), --stuck [DURATION] (what failed to be created or deleted), --prefix TEXT, '
    '--resource KIND:ID, --resource-list [FILE] (what tempest has recorded), or --everything; several add up, and '
    '--dry-run shows what they come to.'
)


def request_of(parsed_args: argparse.Namespace, registry: Registry, settings: Settings) -> Request:
    """Return what was asked for, but for the projects, which only the cloud can tell.

    :raises UsageError: when nothing is selected, or something is named that is not there.
    :raises SavedStateError: when the saved state must not be trusted.
    :raises ConfigurationError: when the configuration of tempest cannot be read.
    """
    kinds = _kinds(parsed_args, registry)
    for ref in parsed_args.resource:
        registry.handler(ref.kind)
        if kinds is not None and ref.kind not in kinds:
            raise UsageError(
                f'--resource {ref} contradicts --namespace, --kind or --exclude-kind, which leave its kind out.'
            )
    for pattern in parsed_args.keep:
        if pattern.kind != '*':
            registry.handler(pattern.kind)
    selection = _selection(parsed_args)
    if selection.is_empty:
        raise UsageError(TEACHING)
    protection = Protection(
        older_than=parsed_args.older_than,
        patterns=tuple(parsed_args.keep),
        excluded=frozenset(parsed_args.exclude_kind),
        preservation=_preservation(parsed_args.tempest_conf or settings.tempest.config_file),
    )
    is_rest = not (parsed_args.kind or parsed_args.namespace)
    return Request(selection, Reach(kinds=kinds, is_rest=is_rest), protection)


def _selection(parsed_args: argparse.Namespace) -> Selection:
    return Selection(
        baseline=saved_state.read(parsed_args.preserve_state) if parsed_args.preserve_state else None,
        orphans=parsed_args.orphans,
        stuck=parsed_args.stuck,
        prefixes=tuple(parsed_args.prefix),
        refs=frozenset(parsed_args.resource),
        recorded=resource_list.read(parsed_args.resource_list) if parsed_args.resource_list else None,
        everything=parsed_args.everything,
    )


def _preservation(path: Path | None) -> Preservation:
    return Preservation.of(configuration.read(path)) if path else Preservation()


def _kinds(parsed_args: argparse.Namespace, registry: Registry) -> frozenset[str] | None:
    if not (parsed_args.namespace or parsed_args.kind or parsed_args.exclude_kind):
        return None
    for kind in (*parsed_args.kind, *parsed_args.exclude_kind):
        registry.handler(kind)
    named = frozenset(parsed_args.kind).union(*(_kinds_of(name, registry) for name in parsed_args.namespace))
    chosen = (named or frozenset(registry.order)) - frozenset(parsed_args.exclude_kind)
    if not chosen:
        raise UsageError('No kind is left: --exclude-kind takes away all that --namespace and --kind name.')
    return chosen


def _kinds_of(namespace: str, registry: Registry) -> frozenset[str]:
    if namespace not in registry.namespaces:
        raise UsageError(
            f'There is no namespace {namespace!r}.{suggestion(namespace, registry.namespaces)} '
            f'There are: {", ".join(registry.namespaces)}.'
        )
    return frozenset(kind for kind, loaded in registry.handlers.items() if loaded.namespace == namespace)


def settings_with(settings: Settings, parsed_args: argparse.Namespace, registry: Registry) -> Settings:
    """Return the settings with what the command line says of levels and limits.

    :raises UsageError: when a level is asked for that no installed handler has.
    """
    execution = dataclasses.replace(settings.execution, levels=_levels(parsed_args, registry))
    return dataclasses.replace(settings, execution=execution, limits=_limits(settings.limits, parsed_args))


def _levels(parsed_args: argparse.Namespace, registry: Registry) -> frozenset[Level]:
    asked = {level for level in Level if level is not Level.API and getattr(parsed_args, str(level))}
    known = frozenset[Level]().union(*(loaded.handler.levels for loaded in registry.handlers.values()))
    if registry.rescuers:
        known |= {Level.DATABASE}
    for level in sorted(asked - known):
        raise UsageError(
            f'--{level}: no installed handler has such steps, so it would change nothing; leave it out.'
        )
    return frozenset({Level.API, *asked})


def _limits(limits: Limits, parsed_args: argparse.Namespace) -> Limits:
    if getattr(parsed_args, 'max_removals', None) is not None:
        limits = dataclasses.replace(limits, max_removals=parsed_args.max_removals)
    if getattr(parsed_args, 'max_share', None) is not None:
        limits = dataclasses.replace(limits, max_share=parsed_args.max_share)
    if getattr(parsed_args, 'max_database_removals', None) is not None:
        limits = dataclasses.replace(limits, max_database_removals=parsed_args.max_database_removals)
    if getattr(parsed_args, 'max_plan_age', None) is not None:
        limits = dataclasses.replace(limits, max_plan_age=parsed_args.max_plan_age)
    return limits


def refuse_together(options: Iterable[str], with_option: str, why: str) -> None:
    """Refuse options that mean nothing beside another.

    :raises UsageError: when there are any.
    """
    options = list(options)
    if options:
        raise UsageError(f'{", ".join(options)} cannot go with {with_option}: {why}.')


def named(request: Request) -> frozenset[Ref]:
    """Return the resources that ``--resource`` names."""
    return request.selection.refs
