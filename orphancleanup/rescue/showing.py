"""What the database steps of a resource would do, without doing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from orphancleanup.database.changes import Change
from orphancleanup.database.connections import Database
from orphancleanup.database.transaction import Facts
from orphancleanup.errors import DatabaseRefused, NotFound
from orphancleanup.installed import fallbacks
from orphancleanup.installed.fallbacks import LoadedFallback
from orphancleanup.model import Resource


@dataclass(frozen=True, slots=True)
class Shown:
    """One statement of a step, or why there is none.

    :param row: the table and the key of the row that it would touch.
    :param parameters: of the statement. No secrets are among them: they have the key and what is set.
    :param effect: what would become of the row; or the sentence with which the step would be refused.
    """

    step: str
    row: str
    statement: str
    parameters: dict[str, Any]
    effect: str


def shown(database: Database, loaded: LoadedFallback, resource: Resource, facts: Facts) -> Iterator[Shown]:
    """Yield what each step would do now, were it its turn."""
    declared = {each.name: each for each in loaded.fallback.tables}
    for step in fallbacks.steps(loaded, resource):
        try:
            with database.transaction(declared, facts, is_rehearsal=True) as begun:
                step.change(begun, resource)
                found = begun.statements
        except (DatabaseRefused, NotFound) as error:
            yield Shown(step.name, '', '', {}, f'it would be refused: {error}')
            continue
        for statement, change in found:
            yield _shown(database.dialect, step.name, statement, change)


def _shown(dialect: sa.Dialect, step: str, statement: sa.ClauseElement, change: Change) -> Shown:
    compiled = statement.compile(dialect=dialect)
    text = ' '.join(str(compiled).split())
    effect = '; '.join(
        f'{name}: {_short(change.before[name])} -> {_short(value)}' for name, value in change.new.items()
    )
    return Shown(
        step,
        str(change),
        text,
        {name: _plain(value) for name, value in compiled.params.items()},
        'the row is deleted' if change.after is None else effect or 'nothing that is not so already',
    )


def _plain(value: object) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _short(value: object) -> str:
    return 'NULL' if value is None else f'{value!s:.60}'
