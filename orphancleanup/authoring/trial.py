"""What a handler makes of a real cloud: everything that a run would ask it for before it removes something."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from orphancleanup import errors
from orphancleanup.authoring import links
from orphancleanup.authoring.tried import Tried
from orphancleanup.discovery.listings import attempt, listing
from orphancleanup.handler import GivesEvidence, Handler, HoldsParts
from orphancleanup.installed import asking, ladders
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.site import Site

#: how many resources are looked at one by one
SAMPLE = 5
#: how evidence begins that tells only that there is none
_UNREAD = 'more could not be read'
_REFUSED = (errors.CloudError, errors.ReadOnlyViolation)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A kind on a cloud."""

    site: Site
    kind: str

    @property
    def handler(self) -> Handler:
        return self.site.registry.handler(self.kind)

    def look(self, ref: Ref) -> Resource | None:
        return asking.look(self.site.registry, self.site.cloud, ref)


def try_kind(site: Site, kind: str, sample: int = SAMPLE) -> tuple[Tried, ...]:
    """Ask a handler for all that a dry run would ask it for, and more; nothing is changed.

    :param sample: how many resources are looked at one by one.
    :returns: what was tried, and what came of it.
    :raises errors.UsageError: when no handler knows the kind.
    """
    trial = _Trial(site, site.registry.handler(kind).kind)
    discovered, found = _discover(trial)
    if discovered is None:
        return (found,)
    chosen = _sample(discovered.values(), sample)
    return (
        found,
        *_looks(trial, chosen),
        _look_for_nothing(trial),
        *_relations(trial, discovered),
        *_ladders(trial, discovered.values()),
        *_abilities(trial, chosen),
    )


def _discover(trial: _Trial) -> tuple[Mapping[Ref, Resource] | None, Tried]:
    begun, before = trial.site.clock.monotonic(), Counter(trial.site.cloud.request_counts())
    try:
        found = listing(trial.site.registry, trial.site.cloud, trial.kind)
    except _REFUSED as error:
        return None, Tried('discover', str(error), False)
    seconds = trial.site.clock.monotonic() - begun
    asked = Counter(trial.site.cloud.request_counts()) - before
    told = ', '.join(f'{number} {name}' for name, number in sorted(asked.items())) or 'no request'
    return found, Tried('discover', f'{len(found)} in {seconds:.1f} s ({told})')


def _sample(found: Iterable[Resource], count: int) -> list[Resource]:
    """Choose resources that differ: one of each status and project first."""
    ordered = sorted(found, key=lambda each: each.ref)
    first: dict[object, Resource] = {}
    for each in ordered:
        first.setdefault((each.status, each.condition), each)
    for each in ordered:
        first.setdefault(each.project_id, each)
    chosen = list(dict.fromkeys(each.ref for each in [*first.values(), *ordered]))
    by_ref = {each.ref: each for each in ordered}
    return [by_ref[ref] for ref in chosen[:count]]


def _looks(trial: _Trial, chosen: list[Resource]) -> Iterator[Tried]:
    wrong = [(each, told) for each in chosen if (told := _difference(trial, each))]
    if wrong:
        # What changed between the listing and the look is read once more.
        again = attempt(trial.site.registry, trial.site.cloud, trial.kind)
        listed = {each.ref: each for each in again.resources}
        wrong = [
            (each, told)
            for each, _ in wrong
            if each.ref in listed
            for told in [_difference(trial, listed[each.ref])]
        ]
    for resource, told in wrong:
        if told:
            yield Tried(f'look at {resource.ref}', told, False)
    same = len(chosen) - sum(1 for _, told in wrong if told)
    if chosen:
        yield Tried('look', f'{same} of {len(chosen)} that were looked at are as discover told them')
    else:
        yield Tried('look', 'there is nothing to look at; make one, and try again')


def _difference(trial: _Trial, listed: Resource) -> str:
    """Return in which fields a look differs from the listing; empty when in none."""
    try:
        seen = trial.look(listed.ref)
    except _REFUSED as error:
        return str(error)
    if seen is None:
        return 'look says that it is gone, discover lists it'
    told = [
        f'{field.name}: discover {_plain(getattr(listed, field.name))}, look {_plain(getattr(seen, field.name))}'
        for field in fields(Resource)
        if getattr(listed, field.name) != getattr(seen, field.name)
    ]
    return '; '.join(told)


def _plain(value: Any) -> str:
    if isinstance(value, tuple | frozenset):
        return ', '.join(sorted(map(str, value))) or 'nothing'
    return repr(value) if value in ('', None) else str(value)


def _look_for_nothing(trial: _Trial) -> Tried:
    what = 'look for an id that nobody has'
    try:
        seen = trial.look(Ref(trial.kind, str(uuid.uuid4())))
    except errors.NotFound:
        return Tried(what, 'it raises NotFound; return None for the 404 of the resource itself', False)
    except _REFUSED as error:
        return Tried(what, str(error), False)
    return Tried(what, 'it says that it is gone' if seen is None else f'it found {seen.ref}', seen is None)


def _relations(trial: _Trial, found: Mapping[Ref, Resource]) -> Iterator[Tried]:
    for link in links.collected(found.values()):
        yield links.judged(trial.site, trial.kind, link, found)


def _ladders(trial: _Trial, found: Iterable[Resource]) -> Iterator[Tried]:
    """Yield each ladder once, with the statuses that have it."""
    seen: dict[str, tuple[Tried, list[str]]] = {}
    for resource in sorted(found, key=lambda each: each.ref):
        tried = _ladder(trial, resource)
        seen.setdefault(tried.told, (tried, []))[1].append(resource.status or 'no status')
    for tried, statuses in seen.values():
        yield Tried(f'ladder of {", ".join(sorted(set(statuses)))}', tried.told, tried.is_well)


def _ladder(trial: _Trial, resource: Resource) -> Tried:
    try:
        steps = ladders.ladder(trial.site.registry, resource)
    except errors.PluginError as error:
        return Tried('ladder', str(error), False)
    told = ', '.join(f'{number}. {_step(step)}' for number, step in enumerate(steps, 1)) or 'no step'
    levels = [step.level for step in steps]
    wrong = [
        (not steps, 'so nothing ever removes it'),
        (bool(steps) and not steps[-1].removes, 'the last step removes nothing'),
        (levels != sorted(levels), 'a harsher step comes before a gentler one'),
    ]
    faults = [text for is_wrong, text in wrong if is_wrong]
    return Tried('ladder', '; '.join((told, *faults)), not faults)


def _step(step: Step) -> str:
    return f'{step.name} ({step.level}{"" if step.removes else ", prepares"})'


def _abilities(trial: _Trial, chosen: list[Resource]) -> Iterator[Tried]:
    if isinstance(trial.handler, HoldsParts):
        yield _parts(trial, chosen)
    if isinstance(trial.handler, GivesEvidence):
        yield _evidence(trial, chosen)


def _parts(trial: _Trial, chosen: list[Resource]) -> Tried:
    number = 0
    for resource in chosen:
        try:
            number += len(asking.parts(trial.site.registry, trial.site.cloud, resource))
        except _REFUSED as error:
            return Tried('parts', f'{resource.ref}: {error}', False)
    return Tried('parts', f'{len(chosen)} asked: {number}')


def _evidence(trial: _Trial, chosen: list[Resource]) -> Tried:
    found = [
        (resource.ref, each)
        for resource in chosen
        for each in asking.evidence(trial.site.registry, trial.site.cloud, resource)
    ]
    for ref, each in found:
        if each.text.startswith(_UNREAD):
            return Tried('evidence', f'{ref}: {each.text}', False)
    return Tried('evidence', f'{len(chosen)} asked: {len(found)}')
