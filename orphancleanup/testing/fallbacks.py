"""Proves that a fallback keeps its contract. Needs pytest.

A third party writes::

    class TestWidgetRows(FallbackConformance):
        @pytest.fixture
        def fallback(self): return WidgetRows()

        @pytest.fixture
        def rows(self, tmp_path):
            rows = Rows.in_file(tmp_path / 'widgets', SCHEMA)
            ...   # fill it: with what is to be purged, and with what must stay
            return rows

        @pytest.fixture
        def resource(self): return Resource(Ref('widget', 'w1'), project_id='p1', status='error')
"""

import dataclasses

import pytest

from orphancleanup.database.fallback import DatabaseStep, Fallback
from orphancleanup.errors import DatabaseRefused, NotFound, PluginError
from orphancleanup.installed import fallbacks
from orphancleanup.model import Resource
from orphancleanup.testing.rows import Rows


class FallbackConformance:
    """The tests; pytest collects them in a subclass whose name begins with ``Test``."""

    @pytest.fixture
    def fallback(self) -> Fallback:
        """Return the fallback. To be overridden."""
        raise NotImplementedError('override the fixture "fallback"')

    @pytest.fixture
    def rows(self) -> Rows:
        """Return a filled database. To be overridden."""
        raise NotImplementedError('override the fixture "rows"')

    @pytest.fixture
    def resource(self) -> Resource:
        """Return the resource that is to be purged, as its handler tells of it. To be overridden."""
        raise NotImplementedError('override the fixture "resource"')

    def test_its_attributes_are_right(self, fallback: Fallback) -> None:
        assert fallbacks.fault_of(fallback) is None

    def test_a_rehearsal_changes_nothing_and_tells_what_would_be_changed(
        self, fallback: Fallback, rows: Rows, resource: Resource
    ) -> None:
        before = rows.sums()
        for step in _removals(fallback, resource):
            told = rows.take(fallback, resource, step.name, is_rehearsal=True)
            assert rows.sums() == before, f'{step.name} changed something while it was only shown'
            assert told.changes, f'{step.name} has nothing to change for {resource.ref}'

    def test_an_undo_restores_every_table(self, fallback: Fallback, rows: Rows, resource: Resource) -> None:
        before = rows.sums()
        for step in fallback.steps(resource):
            done = rows.take(fallback, resource, step.name)
            assert rows.sums() != before
            assert rows.undo(done) == ()
            changed = [name for name, total in rows.sums().items() if total != before[name]]
            assert not changed, f'after the undo of {step.name}, {changed} are not as before'

    def test_what_is_purged_is_gone(self, fallback: Fallback, rows: Rows, resource: Resource) -> None:
        """A second run must not do it again."""
        for step in _removals(fallback, resource)[-1:]:
            rows.take(fallback, resource, step.name)
            before = rows.sums()
            with pytest.raises((NotFound, DatabaseRefused)):
                rows.take(fallback, resource, step.name)
            assert rows.sums() == before

    def test_what_is_not_in_the_database_is_gone(
        self, fallback: Fallback, rows: Rows, resource: Resource
    ) -> None:
        other = dataclasses.replace(resource, ref=dataclasses.replace(resource.ref, id='nobody-has-this-id'))
        for step in fallback.steps(other):
            with pytest.raises(NotFound):
                rows.take(fallback, other, step.name)

    def test_what_belongs_to_another_project_by_now_is_refused(
        self, fallback: Fallback, rows: Rows, resource: Resource
    ) -> None:
        other = dataclasses.replace(resource, project_id='another-project')
        before = rows.sums()
        for step in fallback.steps(other):
            with pytest.raises(DatabaseRefused):
                rows.take(fallback, other, step.name)
        assert rows.sums() == before

    def test_a_table_without_what_it_needs_is_refused(
        self, fallback: Fallback, rows: Rows, resource: Resource
    ) -> None:
        (last,) = _removals(fallback, resource)[-1:]
        crippled = [
            dataclasses.replace(each, needs=(*each.needs, 'no_release_has_this'), is_optional=False)
            for each in fallback.tables
            if each.is_changed
        ]
        before = rows.sums()
        for table in crippled:
            if not _is_used(fallback, rows, resource, table.name):
                continue
            broken = _with_tables(
                fallback, [table if each.name == table.name else each for each in fallback.tables]
            )
            with pytest.raises(DatabaseRefused):
                rows.take(broken, resource, last.name)
            assert rows.sums() == before

    def test_nothing_is_changed_that_is_not_declared(
        self, fallback: Fallback, rows: Rows, resource: Resource
    ) -> None:
        """So the account that it is used with needs no other rights; see "orphancleanup database grants"."""
        before = rows.sums()
        (last,) = _removals(fallback, resource)[-1:]
        for table in fallback.tables:
            if table.is_changed and _is_used(fallback, rows, resource, table.name):
                bare = dataclasses.replace(table, updates=(), deletes=False)
                broken = _with_tables(fallback, [bare if each is table else each for each in fallback.tables])
                with pytest.raises(PluginError):
                    rows.take(broken, resource, last.name)
                assert rows.sums() == before


def _removals(fallback: Fallback, resource: Resource) -> list[DatabaseStep]:
    return [step for step in fallback.steps(resource) if step.removes]


def _is_used(fallback: Fallback, rows: Rows, resource: Resource, table: str) -> bool:
    """Whether the last step changes rows of a table, in this database."""
    (last,) = _removals(fallback, resource)[-1:]
    told = rows.take(fallback, resource, last.name, is_rehearsal=True)
    return any(change.table == table for change in told.changes)


def _with_tables(fallback: Fallback, tables: list[object]) -> Fallback:
    changed: Fallback = type('Changed', (type(fallback),), {'tables': tuple(tables)})()
    return changed
