"""The databases of Heat and Cinder in the shape of an old and of a new release, with rows for tests of fallbacks."""

import itertools
import json
from pathlib import Path
from typing import Any

from orphancleanup.model import Ref, Resource
from orphancleanup.testing.rows import Rows

SCHEMAS = Path(__file__).with_name('schemas')
PROJECT, OTHER = 'd45be0f0ce1f4f5ba4ba7df6cd0e3a2e', '1f0c5a1e6f3a4f1c8e0f6a2b7c9d8e01'
LONG_AGO = '2014-11-20 10:00:00'
STACK, NESTED, BACKUP, NEIGHBOUR = 'stack-root', 'stack-nested', 'stack-backup', 'stack-neighbour'


def schema(name: str) -> str:
    """Return the statements that make a schema (``heat_27``)."""
    return (SCHEMAS / f'{name}.sql').read_text(encoding='utf-8')


# Heat


def template(**types: str) -> str:
    """Return a template with a resource of each name and type; the first depends on the next, and so on."""
    names = list(types)
    found: dict[str, Any] = {name: {'type': types[name]} for name in names}
    for name, needed in itertools.pairwise(names):
        found[name]['properties'] = {'of': [{'get_resource': needed}]}
    return json.dumps({'heat_template_version': '2014-10-16', 'resources': found})


def stack(rows: Rows, identifier: str, **values: Any) -> dict[str, Any]:
    """Put a stack with its own template and credentials into the database."""
    number = len(rows.all('raw_template')) + 1
    text = values.pop('template', template(net='Invented::Thing'))
    rows.put('raw_template', id=number, created_at=LONG_AGO, template=text)
    credentials = values.pop('user_creds_id', number)
    if credentials == number:
        rows.put(
            'user_creds', id=number, password='secret', trust_id='encrypted', trustor_user_id='user-creator'
        )
    made = {
        'id': identifier, 'created_at': LONG_AGO, 'name': identifier, 'raw_template_id': number,
        'user_creds_id': credentials, 'action': 'CREATE', 'status': 'COMPLETE', 'status_reason': 'done',
        'tenant': PROJECT, 'disable_rollback': 1, 'backup': 0, **values,
    }  # fmt: skip
    return rows.put('stack', **made)


def part(
    rows: Rows, identifier: object, of: str, name: str = 'net', physical: str | None = None, **values: Any
) -> None:
    """Put a resource into the database, with a secret of its own."""
    number = len(rows.all('resource_data')) + 1
    rows.put(
        'resource', id=identifier, name=name, stack_id=of, nova_instance=physical, action='CREATE',
        status='COMPLETE', created_at=LONG_AGO, **values,
    )  # fmt: skip
    rows.put('resource_data', id=number, key='password', value='secret', redact=1, resource_id=identifier)


def heat(rows: Rows, is_new: bool) -> None:
    """Fill Heat's database: a stack with one nested in it and a backup, and a neighbour."""
    with rows.together():
        _heat(rows, is_new)


def _heat(rows: Rows, is_new: bool) -> None:
    stack(rows, STACK)
    credentials = rows.row('stack', STACK)['user_creds_id']
    stack(rows, NESTED, owner_id=STACK, user_creds_id=credentials)
    stack(rows, BACKUP, owner_id=STACK, backup=1, user_creds_id=credentials)
    stack(rows, NEIGHBOUR, tenant=OTHER)
    for number, owner in enumerate((STACK, NESTED, BACKUP, NEIGHBOUR), 1):
        part(rows, number, owner, physical=f'physical-{number}')
        rows.put('event', id=number, stack_id=owner, resource_name='net', created_at=LONG_AGO)
        rows.put('snapshot', id=f'snapshot-{number}', stack_id=owner, tenant=PROJECT)
    if is_new:
        _new_in_heat(rows)
    else:
        rows.put('watch_rule', id=1, name='alarm', stack_id=NESTED)
        rows.put('watch_data', id=1, watch_rule_id=1)


def _new_in_heat(rows: Rows) -> None:
    rows.put('sync_point', entity_id='1', traversal_id='t', is_update=0, atomic_key=0, stack_id=STACK)
    rows.put('resource_snapshot', id='of-1', snapshot_id='snapshot-1', resource_name='net', data='{}')
    rows.put('stack_tag', id=1, tag='blue', stack_id=STACK)
    rows.put('stack_lock', stack_id=NESTED, engine_id='engine-dead', created_at=LONG_AGO)
    engine(rows, 'engine-dead', updated_at=LONG_AGO)


def engine(rows: Rows, identifier: str, **values: Any) -> None:
    """Put an engine into the database."""
    rows.put(
        'service', id=identifier, engine_id=identifier, host='h', hostname='h', binary='heat-engine', topic='engine',
        report_interval=60, created_at=LONG_AGO, **values,
    )  # fmt: skip


def told_stack(**values: Any) -> Resource:
    """Return the stack as its handler tells of it."""
    told = {'name': STACK, 'project_id': PROJECT, 'status': 'DELETE_FAILED', **values}
    return Resource(Ref('heat-stack', STACK), **told)


# Cinder


def volume(rows: Rows, identifier: str, **values: Any) -> None:
    """Put a volume of 10 GiB into the database."""
    rows.put(
        'volumes',
        **{
            'id': identifier, 'created_at': LONG_AGO, 'deleted': 0, 'project_id': PROJECT, 'host': 'h@array#pool',
            'size': 10, 'status': 'error_deleting', 'attach_status': 'detached', 'volume_type_id': 'type-gold',
            **values,
        },
    )  # fmt: skip


def snapshot(rows: Rows, identifier: str, of: str, **values: Any) -> None:
    """Put a snapshot of 5 GiB into the database."""
    rows.put(
        'snapshots',
        **{
            'id': identifier, 'deleted': 0, 'volume_id': of, 'project_id': PROJECT, 'volume_size': 5,
            'status': 'error_deleting', 'volume_type_id': 'type-gold', **values,
        },
    )  # fmt: skip


def usage(rows: Rows, resource: str, in_use: int, **values: Any) -> None:
    """Put the record of what the project uses into the database."""
    number = len(rows.all('quota_usages')) + 1
    rows.put('quota_usages', id=number, deleted=0, project_id=PROJECT, resource=resource, in_use=in_use,
             **{'reserved': 0, **values})  # fmt: skip


def cinder(rows: Rows, is_new: bool) -> None:
    """Fill Cinder's database: a volume with all that can belong to one, and one with a snapshot."""
    with rows.together():
        _cinder(rows, is_new)


def _cinder(rows: Rows, is_new: bool) -> None:
    rows.put('volume_types', id='type-gold', name='gold', deleted=0)
    volume(rows, 'volume-1')
    volume(rows, 'volume-2', status='available', size=7)
    snapshot(rows, 'snapshot-1', 'volume-2')
    for number, owner in enumerate(('volume-1', 'volume-2'), 1):
        for table in ('volume_metadata', 'volume_admin_metadata', 'volume_glance_metadata'):
            rows.put(table, id=number, deleted=0, volume_id=owner, key='k', value='v')
        rows.put('transfers', id=f'transfer-{number}', deleted=0, volume_id=owner)
    rows.put('snapshot_metadata', id=1, deleted=0, snapshot_id='snapshot-1', key='k', value='v')
    for name, in_use in (
        ('volumes', 2),
        ('snapshots', 1),
        ('gigabytes', 22),
        ('backups', 2),
        ('backup_gigabytes', 6),
    ):
        usage(rows, name, in_use)
    for name, in_use in (('volumes_gold', 2), ('snapshots_gold', 1), ('gigabytes_gold', 22)):
        usage(rows, name, in_use)
    backup = {'deleted': 0, 'project_id': PROJECT, 'volume_id': 'volume-2', 'size': 3, 'host': 'h'}
    parent = {'num_dependent_backups': 1} if is_new else {}
    rows.put('backups', id='backup-1', status='available', **backup, **parent)
    rows.put(
        'backups',
        id='backup-2',
        status='error_deleting',
        **backup,
        **({'parent_id': 'backup-1'} if is_new else {}),
    )
    if is_new:
        _new_in_cinder(rows)


def _new_in_cinder(rows: Rows) -> None:
    rows.put(
        'volume_attachment', id='attachment-1', deleted=0, volume_id='volume-1', instance_uuid='server-gone'
    )
    rows.put('attachment_specs', id=1, deleted=0, attachment_id='attachment-1', key='k', value='v')
    rows.put('backup_metadata', id=1, deleted=0, backup_id='backup-2', key='k', value='v')
    for number, (kind, identifier) in enumerate(
        (('Volume', 'volume-1'), ('Volume', 'volume-2'), ('Snapshot', 'snapshot-1'), ('Backup', 'backup-2')),
        1,
    ):
        rows.put('workers', id=number, resource_type=kind, resource_id=identifier, status='deleting')
    rows.put(
        'image_volume_cache_entries',
        id=1,
        host='h',
        image_id='i',
        volume_id='volume-1',
        size=1,
        last_used=LONG_AGO,
    )
    rows.facts.gone.add(Ref('nova-server', 'server-gone'))


def told(kind: str, identifier: str, **values: Any) -> Resource:
    """Return a volume, a snapshot or a backup as its handler tells of it."""
    return Resource(Ref(kind, identifier), **{'project_id': PROJECT, 'status': 'error_deleting', **values})


# Sahara


def sahara(rows: Rows) -> None:
    """Fill Sahara's database with a cluster of a project that is gone, and one of a project that lives."""
    with rows.together():
        for name, project in (('lost', PROJECT), ('other', OTHER)):
            rows.put(
                'clusters', id=f'cluster-{name}', name=name, tenant_id=project, trust_id=f'trust-{name}',
                plugin_name='fake', hadoop_version='0.1', management_private_key='secret',
                management_public_key='key', status='Active', created_at=LONG_AGO, is_public=0, is_protected=0,
            )  # fmt: skip
            rows.put(
                'node_groups', id=f'group-{name}', name='workers', tenant_id=project, flavor_id='1',
                cluster_id=f'cluster-{name}', count=1,
            )  # fmt: skip
            rows.put(
                'instances', id=f'instance-{name}', tenant_id=project, node_group_id=f'group-{name}',
                instance_id=f'server-{name}', instance_name=f'{name}-workers-0',
            )  # fmt: skip
    rows.facts.projects |= {OTHER, rows.facts.project_id}


def told_cluster(name: str = 'lost', project: str = PROJECT, **values: Any) -> Resource:
    """Return a cluster as its handler tells of it."""
    return Resource(Ref('sahara-cluster', f'{project}/cluster-{name}'), project_id=project, **values)
