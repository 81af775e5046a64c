"""The storehouse of the invented kinds with a database of its own, and a fallback for things."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from orphancleanup.database.fallback import DatabaseStep, Fallback, Rescue
from orphancleanup.database.tables import Table
from orphancleanup.database.transaction import Transaction
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.installed.fallbacks import LoadedFallback
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level, Part, Ref, Resource
from orphancleanup.results import Applied
from orphancleanup.runs import apply, review
from orphancleanup.settings import DatabaseSettings, ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.rows import Rows
from tests.unit.storehouse import Bits, Boxes, Storehouse, Things

SCHEMA = """
CREATE TABLE things (id VARCHAR(36) PRIMARY KEY, project_id VARCHAR(36), deleted INTEGER, secret VARCHAR(36));
CREATE TABLE parts (id INTEGER PRIMARY KEY, thing_id VARCHAR(36), kind VARCHAR(36), physical VARCHAR(36));
"""
EVERY_LEVEL = frozenset(Level)


class ThingRows(Fallback):
    """A thing is buried, its parts are deleted; what the parts name goes first."""

    kind, database = 'thing', 'storehouse'
    tables = (
        Table('things', needs=('id', 'project_id', 'deleted'), updates=('deleted',)),
        Table('parts', needs=('id', 'thing_id'), deletes=True),
    )
    #: the ids of what was tidied up after
    tidied: list[str] = []

    def steps(self, resource: Resource) -> Sequence[DatabaseStep]:
        return (DatabaseStep('purge', _purge, before=_before, after=_after),)


def _before(rescue: Rescue, resource: Resource) -> None:
    with rescue.rows() as transaction:
        found = transaction.read('parts', {'thing_id': resource.id})
    rescue.remove_parts([Part(row['kind'], row['physical']) for row in found if row['physical']])


def _purge(transaction: Transaction, resource: Resource) -> None:
    row = transaction.lock_one('things', resource.id)
    if row['deleted']:
        raise NotFound(404, 'it is deleted')
    if row['project_id'] != resource.project_id:
        raise transaction.refuse(f'{resource.ref} belongs to project {row["project_id"]}')
    transaction.delete('parts', transaction.lock('parts', {'thing_id': resource.id}))
    transaction.update('things', [row], {'deleted': 1})


def _after(rescue: Rescue, resource: Resource) -> None:
    assert rescue.changes
    ThingRows.tidied.append(resource.id)


class Ledger:
    """A storehouse whose things will not go by its API, and its database."""

    def __init__(self, folder: Path) -> None:
        self.house = Storehouse(folder / 'runs')
        path = folder / 'storehouse.sqlite'
        self.rows = Rows(f'sqlite:///{path}') if path.exists() else Rows.in_file(path, SCHEMA)
        self.limits = Limits(max_share=100)
        self.connections = {'storehouse': self.rows.url}
        ThingRows.tidied.clear()
        self.house.cloud.before(('storehouse', 'GET', '.*'), lambda _: self._follow(), times=math.inf)

    @classmethod
    def after(cls, folder: Path) -> Self:
        """Return the storehouse of a run that was killed: its database has what that run left there."""
        ledger = cls(folder)
        for row in ledger.rows.all('things'):
            ledger.house.thing(row['id'], refuse=_no, refuse_force=_no)
        return ledger

    def _follow(self) -> None:
        """Show what the database says."""
        for row in self.rows.all('things'):
            if row['deleted']:
                self.house.things.remove(row['id'])

    def thing(self, name: str, *parts: tuple[str, str], **fields: Any) -> None:
        """Add one that nothing but its database can remove, with rows that name something elsewhere."""
        self.house.thing(name, refuse=_no, refuse_force=_no, **fields)
        self.rows.put('things', id=name, project_id='alpha', deleted=0, secret='password')
        for kind, physical in parts:
            number = len(self.rows.all('parts')) + 1
            self.rows.put('parts', id=number, thing_id=name, kind=kind, physical=physical)

    def registry(self) -> Registry:
        handlers = (Things(), Bits(), Boxes(), *self.more())
        loaded = [Loaded(handler, 'storehouse', 'tests 1.0') for handler in handlers]
        return build(loaded, {'thing': LoadedFallback(ThingRows(), 'tests 1.0')})

    def more(self) -> tuple[Any, ...]:
        return ()

    def site(self, levels: frozenset[Level] = EVERY_LEVEL) -> Site:
        base = self.house.site()
        settings = Settings(
            execution=ExecutionSettings(levels=levels),
            limits=self.limits,
            databases=DatabaseSettings(self.connections),
        )
        return Site(base.cloud, self.registry(), base.clock, settings, base.progress)

    def plan(self, *names: str, site: Site | None = None) -> Plan:
        refs = frozenset(Ref.parse(name if ':' in name else f'thing:{name}') for name in names)
        return review(site or self.site(), Request(Selection(refs=refs))).plan

    def remove(self, *names: str, levels: frozenset[Level] = EVERY_LEVEL) -> tuple[Applied, RunFolder]:
        """Remove things with a run of its own."""
        site, folder = self.site(levels), self.house.folder()
        return apply(site, self.plan(*names, site=site), folder), folder


def _no() -> Conflict:
    return Conflict(409, 'It is stuck.', 'req-1')
