"""Which fallbacks there are: the entries of the namespace mysql-fallback, keyed by the kind that they rescue."""

import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orphancleanup.database.fallback import CONTRACT, DatabaseStep, Fallback
from orphancleanup.database.tables import Table
from orphancleanup.errors import DatabaseRefused, PluginError
from orphancleanup.installed.entry_points import RESCUERS, distribution
from orphancleanup.ladder import Step
from orphancleanup.model import KIND, Level, Resource
from orphancleanup.strangers import guarded


@dataclass(frozen=True, slots=True)
class LoadedFallback:
    """A fallback, and where it comes from."""

    fallback: Fallback
    distribution: str

    def __str__(self) -> str:
        return f'the fallback for {getattr(self.fallback, "kind", None)} of {self.distribution}'


def load() -> Mapping[str, LoadedFallback]:
    """Return the fallbacks of all installed packages, by the kind that they rescue.

    :raises PluginError: when one cannot be loaded, is there twice or breaks the contract.
    """
    found: dict[str, LoadedFallback] = {}
    seen = set()
    for entry in importlib.metadata.entry_points(group=RESCUERS):
        if (entry.name, entry.value) in seen:
            continue
        seen.add((entry.name, entry.value))
        loaded = _loaded(entry)
        twin = found.setdefault(entry.name, loaded)
        if twin is not loaded:
            raise PluginError(
                f'The fallback for {entry.name} of {loaded.distribution} is also in {twin.distribution}; uninstall one '
                f'of them.'
            )
    return found


def _loaded(entry: importlib.metadata.EntryPoint) -> LoadedFallback:
    origin = distribution(entry)
    where = f'The fallback {entry.name!r} of {origin}'
    said = f'{where} cannot be loaded: {{!r}}. Repair or uninstall that package.'
    with guarded(lambda error: PluginError(said.format(error))):
        plugin = entry.load()
        made = plugin() if isinstance(plugin, type) and issubclass(plugin, Fallback) else None
    if made is None:
        raise PluginError(f'{where} is {plugin!r}, which is not a subclass of Fallback.')
    fault = fault_of(made) or (
        None if made.kind == entry.name else f'rescues {made.kind!r}: correct the entry point'
    )
    if fault:
        raise PluginError(f'{where} {fault}.')
    return LoadedFallback(made, origin)


def fault_of(fallback: Fallback) -> str | None:
    """Return what is wrong with the attributes of a fallback; None when nothing is."""
    for name in ('kind', 'database'):
        told = getattr(fallback, name, None)
        if not isinstance(told, str) or not KIND.fullmatch(told):
            return f'has {name}={told!r}'
    if not isinstance(fallback.contract, int) or fallback.contract > CONTRACT:
        return (
            f'is written for version {fallback.contract!r} of its contract, and this program knows {CONTRACT}'
        )
    told = getattr(fallback, 'tables', None)
    if not isinstance(told, tuple) or not told or not all(isinstance(each, Table) for each in told):
        return f'has tables={told!r}, which is no tuple of Table'
    names = [each.name for each in told]
    twins = {name for name in names if names.count(name) > 1}
    return f'names a table twice: {", ".join(sorted(twins))}' if twins else None


def steps(loaded: LoadedFallback, resource: Resource) -> tuple[DatabaseStep, ...]:
    """Return the steps of a fallback for a resource as it is.

    :raises PluginError: when it fails, or breaks the contract.
    """

    def failed(error: Exception) -> Exception:
        return PluginError(f'{loaded} has no steps for {resource.ref} ({error!r}); tell its author.')

    with guarded(failed):
        found = tuple(loaded.fallback.steps(resource))
    names = [each.name for each in found if isinstance(each, DatabaseStep)]
    if len(names) < len(found) or len(set(names)) < len(names) or not all(names):
        raise PluginError(f'{loaded} gave steps that are none, or two of one name; tell its author.')
    return found


def rungs(loaded: LoadedFallback | None, resource: Resource, above: Iterable[Step]) -> tuple[Step, ...]:
    """Return the last rungs of a ladder: the database steps.

    :param above: the rungs of the kind's own handler.
    :raises PluginError: when a name is there twice.
    """
    if loaded is None:
        return ()
    own = {step.name for step in above}
    found = steps(loaded, resource)
    for each in found:
        if each.name in own:
            raise PluginError(f'{loaded} has a step {each.name!r}, as its handler has; tell its author.')
    return tuple(Step(each.name, _only_within_a_run, Level.DATABASE, each.removes) for each in found)


def _only_within_a_run(*_: object) -> None:
    raise DatabaseRefused('A step in a database is taken by a run only, which keeps what it changes.')
