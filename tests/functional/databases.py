"""What stands in the databases of the lab's services, as one checksum for each column of each table.

Run with the lab's own Python, which has the driver: ``python databases.py LAB_JSON [PROJECT ...]`` prints JSON; with
projects, one checksum for each row of these.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lab.layout import Lab

Sums = Mapping[str, Mapping[str, str]]

#: what the services change on their own while nobody asks them for anything, and why
HEARTBEATS: Mapping[str, frozenset[str]] = {
    # Each service says every ten seconds that it lives.
    'cinder.services': frozenset({'updated_at', 'report_count'}),
    'nova.services': frozenset({'updated_at', 'report_count', 'last_seen_up'}),
    # The engine says so every minute.
    'heat.service': frozenset({'updated_at'}),
    # The resource tracker counts anew every minute what runs on its host.
    'nova.compute_nodes': frozenset(
        {'updated_at', 'stats', 'running_vms', 'current_workload', 'disk_available_least'}
        | {'vcpus_used', 'memory_mb_used', 'local_gb_used', 'free_ram_mb', 'free_disk_gb', 'pci_stats'}
    ),
}

#: tables of which only some rows count, and why
ROWS: Mapping[str, str] = {
    # A compute host tidies up after servers that are deleted already, some minutes later (_run_pending_deletes).
    'nova.instances': 'deleted = 0',
    'nova.instance_system_metadata': 'instance_uuid IN (SELECT uuid FROM nova.instances WHERE deleted = 0)',
}


def read(lab: Lab) -> Sums:
    """Return ``database.table`` to its columns, each with the number of rows and a checksum of its values."""
    return _run(lab)


def rows(lab: Lab, projects: Iterable[str]) -> Sums:
    """Return ``database.table`` to the rows that belong to some projects: the primary key to a checksum."""
    return _run(lab, *projects)


def _run(lab: Lab, *projects: str) -> Sums:
    script = [str(lab.environment / 'bin' / 'python'), '-P', __file__, str(lab.root / 'lab.json'), *projects]
    done = subprocess.run(script, capture_output=True, text=True, check=True, env={'PYTHONPATH': str(_ROOT)})
    found: Sums = json.loads(done.stdout)
    return found


def differences(before: Sums, after: Sums) -> list[str]:
    """Return the columns that differ, heartbeats apart."""
    return sorted(
        f'{table}.{column}: {before.get(table, {}).get(column)} -> {after.get(table, {}).get(column)}'
        for table in before.keys() | after.keys()
        for column in before.get(table, {}).keys() | after.get(table, {}).keys()
        if before.get(table, {}).get(column) != after.get(table, {}).get(column)
        and column not in HEARTBEATS.get(table, frozenset())
    )


_ROOT = Path(__file__).resolve().parents[2]


def _sums(description: Mapping[str, Any], projects: list[str]) -> dict[str, dict[str, str]]:
    import pymysql  # type: ignore[import-untyped]

    database = description['database']
    connection = pymysql.connect(
        unix_socket=database['socket'],
        user=database['user'],
        password=database['password'],
        charset='utf8mb4',
    )
    with connection, connection.cursor() as cursor:
        # One moment for all tables.
        cursor.execute('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
        cursor.execute('START TRANSACTION WITH CONSISTENT SNAPSHOT')
        if projects:
            return _rows(cursor, database['databases'], projects)
        cursor.execute(
            'SELECT table_schema, table_name FROM information_schema.tables '
            "WHERE table_type = 'BASE TABLE' AND table_schema IN %s",
            [database['databases']],
        )
        return {f'{schema}.{table}': _table(cursor, schema, table) for schema, table in cursor.fetchall()}


def _rows(cursor: Any, schemas: list[str], projects: list[str]) -> dict[str, dict[str, str]]:
    cursor.execute(
        'SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema IN %s '
        "AND (column_name IN ('project_id', 'tenant_id', 'project') OR "
        "(table_schema, table_name, column_name) = ('keystone', 'project', 'id'))",
        [schemas],
    )
    found: dict[str, dict[str, str]] = {}
    for schema, table, column in cursor.fetchall():
        name = f'{schema}.{table}'
        cursor.execute(f'SELECT * FROM `{schema}`.`{table}` WHERE `{column}` IN %s', [projects])
        columns = [each[0] for each in cursor.description]
        moving = {number for number, each in enumerate(columns) if each in HEARTBEATS.get(name, ())}
        for row in cursor.fetchall():
            kept = [value for number, value in enumerate(row) if number not in moving]
            key = str(row[columns.index('id')]) if 'id' in columns else repr(kept)
            found.setdefault(name, {})[key] = hashlib.sha256(repr(kept).encode()).hexdigest()[:12]
    return found


def _table(cursor: Any, schema: str, table: str) -> dict[str, str]:
    rows = ROWS.get(f'{schema}.{table}', 'TRUE')
    cursor.execute(f'SELECT * FROM `{schema}`.`{table}` WHERE {rows}')
    names = [column[0] for column in cursor.description]
    # InnoDB answers in the order of the primary key.
    found = cursor.fetchall()
    return {
        name: f'{len(found)} rows, {hashlib.sha256(repr([row[number] for row in found]).encode()).hexdigest()[:12]}'
        for number, name in enumerate(names)
    }


if __name__ == '__main__':
    print(json.dumps(_sums(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:])))
