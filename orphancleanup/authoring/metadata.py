"""What the metadata of a package announces: groups, names, and which orphancleanup it asks for."""

import difflib
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint

from orphancleanup.authoring.finding import Finding
from orphancleanup.installed.entry_points import GROUP, RESCUERS
from orphancleanup.model import KIND

OURS = 'orphancleanup'
#: other groups of ours, in which nobody else has anything to announce by mistake
_KNOWN = frozenset({'orphancleanup.command'})
_NAMESPACE = re.compile(r'[a-z0-9]+(_[a-z0-9]+)*')
_NEAR = 0.75


def named(distribution: Distribution) -> str:
    """Return the name and the version of a package."""
    return f'{distribution.name} {distribution.version}'


def handlers_of(distribution: Distribution) -> tuple[EntryPoint, ...]:
    """Return the entry points of a package that announce handlers."""
    return tuple(entry for entry in distribution.entry_points if _is_handler_group(entry.group))


def concerns_us(distribution: Distribution) -> bool:
    """Return whether a package announces handlers, or seems to mean to."""
    return any(_is_handler_group(group) or _is_near(group) for group in _groups(distribution))


def findings(distribution: Distribution) -> Iterator[Finding]:
    """Yield what is wrong with what a package announces; nothing is imported."""
    yield from _group_findings(distribution)
    for entry in handlers_of(distribution):
        if not KIND.fullmatch(entry.name):
            yield Finding(
                f'{named(distribution)}, entry point {entry.name!r}',
                'the name of the entry point is no kind: lower-case letters and digits with single hyphens between.',
                'Rename it, and the attribute "kind" of its class with it.',
            )
    yield from _requirement_findings(distribution)


def _groups(distribution: Distribution) -> list[str]:
    return sorted({entry.group for entry in distribution.entry_points})


def _is_handler_group(group: str) -> bool:
    return group.startswith(GROUP) and group != RESCUERS


def _group_findings(distribution: Distribution) -> Iterator[Finding]:
    for group in _groups(distribution):
        where = f'{named(distribution)}, entry-point group {group!r}'
        if _is_near(group):
            yield Finding(
                where,
                'no handler is looked for in this group: it is none of ours, but its name is close to ours.',
                f'Call it {GROUP}<namespace>, with underscores in the namespace (for instance {GROUP}nova_server).',
            )
        elif _is_handler_group(group) and not _NAMESPACE.fullmatch(group.removeprefix(GROUP)):
            yield Finding(
                where,
                'the namespace is not made of lower-case letters and digits with single underscores between.',
                'Rename the group; people read and type the namespace with hyphens instead of the underscores.',
            )


def _is_near(group: str) -> bool:
    """Return whether a group that is none of ours was meant to be one of ours."""
    if group.startswith(GROUP) or group in _KNOWN:
        return False
    first, _, rest = re.sub(r'[-_.]+', '.', group.lower()).partition('.')
    if difflib.SequenceMatcher(None, first, OURS).ratio() >= _NEAR:
        return True
    return first.startswith(OURS) or (first == 'orphan' and rest.startswith('cleanup'))


def _requirement_findings(distribution: Distribution) -> Iterator[Finding]:
    asked = [
        each for each in distribution.requires or () if re.match(rf'{OURS}\b(?![-_.])', each, re.IGNORECASE)
    ]
    if distribution.name.lower() == OURS or not handlers_of(distribution):
        return
    if not any(re.search(r'[<>=~]', each) for each in asked):
        yield Finding(
            f'{named(distribution)}, its requirements',
            'the package does not say which versions of orphancleanup it was written for.',
            'Require a range of versions, for instance "orphancleanup>=0.1,<1".',
        )
