"""Whether packages of handlers keep the contract, without a cloud: all that is wrong at once, not the first of it."""

import difflib
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

from orphancleanup.authoring import attributes, metadata, source
from orphancleanup.authoring.finding import Finding
from orphancleanup.authoring.metadata import named
from orphancleanup.errors import PluginError, UsageError
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import load
from orphancleanup.strangers import attempted


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check.

    :param packages: those that were checked, with their versions.
    :param handlers: how many handlers they announce.
    """

    packages: tuple[str, ...]
    handlers: int
    findings: tuple[Finding, ...]


def check(package: str = '') -> Checked:
    """Check one installed package, or each that announces handlers. Imports them; asks no cloud.

    What only shows when all handlers are loaded together (twins, circles) is found last, when nothing else is wrong.

    :param package: as ``pip`` calls it; empty for all.
    :raises UsageError: when no such package is installed.
    """
    installed = _installed()
    chosen = _chosen(installed, package)
    kinds = sorted({entry.name for each in installed for entry in metadata.handlers_of(each)})
    findings = [found for each in chosen for found in _findings(each, kinds)]
    if not findings:
        findings += _together()
    number = sum(len(metadata.handlers_of(each)) for each in chosen)
    return Checked(tuple(named(each) for each in chosen), number, tuple(dict.fromkeys(findings)))


def _installed() -> list[Distribution]:
    """Return the installed packages, the one that is found first for each name."""
    found: dict[str, Distribution] = {}
    for each in distributions():
        # Without a name: what an installation that was broken off leaves behind.
        if name := each.metadata['Name']:
            found.setdefault(_normalized(name), each)
    return [found[name] for name in sorted(found)]


def _normalized(name: str) -> str:
    return name.lower().replace('_', '-').replace('.', '-')


def _chosen(installed: Sequence[Distribution], package: str) -> list[Distribution]:
    if not package:
        return [each for each in installed if metadata.concerns_us(each)]
    chosen = [each for each in installed if _normalized(each.name) == _normalized(package)]
    if not chosen:
        close = difflib.get_close_matches(
            _normalized(package), [_normalized(each.name) for each in installed], 1
        )
        meant = f' Did you mean {close[0]!r}?' if close else ''
        raise UsageError(
            f'No package {package!r} is installed here.{meant} Install it where orphancleanup is, for instance with '
            f'"pip install -e ." in its folder.'
        )
    return chosen


def _findings(distribution: Distribution, kinds: Sequence[str]) -> Iterator[Finding]:
    yield from metadata.findings(distribution)
    if not metadata.concerns_us(distribution):
        yield Finding(
            named(distribution),
            'the package announces no handler.',
            'Give it entry points in a group orphancleanup.handler.<namespace>, and install it again.',
        )
    for entry in metadata.handlers_of(distribution):
        yield from _entry_findings(entry, f'{named(distribution)}, {entry.name}', distribution, kinds)


def _entry_findings(
    entry: EntryPoint, where: str, distribution: Distribution, kinds: Sequence[str]
) -> Iterator[Finding]:
    try:
        plugin = entry.load()
    except (Exception, SystemExit) as error:
        yield Finding(
            where, f'{entry.value} cannot be imported: {error!r}.', 'Repair the module or the entry point.'
        )
        return
    if not (isinstance(plugin, type) and issubclass(plugin, Handler)):
        yield Finding(
            where,
            f'{entry.value} is no subclass of Handler.',
            'Derive it from orphancleanup.handler.Handler.',
        )
        return
    yield from attributes.findings(plugin, where, kinds)
    yield from _instance_findings(plugin, entry.name, where)
    file = inspect.getsourcefile(plugin)
    if file:
        yield from source.findings(Path(file), where, distribution.name == metadata.OURS)


def _instance_findings(plugin: type[Handler], kind: str, where: str) -> Iterator[Finding]:
    if getattr(plugin, 'kind', kind) != kind:
        yield Finding(
            where,
            f'the class calls its kind {plugin.kind!r}.',
            'The entry point and the kind must have one name.',
        )
    if inspect.isabstract(plugin):
        return
    made = attempted(plugin)
    if isinstance(made, Exception):
        yield Finding(where, f'it cannot be made without arguments: {made!r}.', 'Let it need none.')
        return
    state = getattr(made, '__dict__', {})
    if state:
        names = ', '.join(sorted(state))
        yield Finding(where, f'it keeps state ({names}).', 'Keep none: one instance serves several threads.')


def _together() -> Iterator[Finding]:
    try:
        load()
    except PluginError as error:
        yield Finding('all handlers together', str(error), 'Until then no run begins.')
