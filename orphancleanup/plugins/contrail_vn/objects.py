"""Objects of the API server as records of a table."""

import dataclasses
import functools
from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar

from orphancleanup import records
from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import Conflict, IncompleteListing, NotFound
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.contrail_vn import access, identifiers, listing, protection, referrers, tenants
from orphancleanup.plugins.contrail_vn.identifiers import keystone_id
from orphancleanup.records import Record
from orphancleanup.table import RELATIONS, TableHandler

#: fields that are asked for of each object
_ALWAYS = frozenset({'id_perms', 'perms2', 'display_name', 'annotations'})
#: fields that each object has without being asked for
_GIVEN = frozenset({'parent_uuid'})
#: fields that nothing is asked about but what is read out of them at once
_READ = frozenset({'id_perms', 'perms2', 'display_name', 'annotations'})


class ContrailHandler(TableHandler):
    """A table whose fields are those of the API server: references, back references and children, each with uuids.

    What has nothing in it is left out of a record there; so a field that is missing is an empty one.
    """

    service = access.SERVICE
    #: the type, as the server writes it (``virtual-network``)
    type_name: ClassVar[str]
    #: fields that are needed besides those of the relations
    fields: ClassVar[tuple[str, ...]] = ()
    #: a field to why an object that has something in it must stay
    protecting: ClassVar[Mapping[str, str]] = {}

    project_field, created_field, updated_field = 'project', 'id_perms.created', 'id_perms.last_modified'
    status_field = ''
    require_all = staticmethod(access.require_administrator)

    def __init_subclass__(cls) -> None:
        """Tell where a kind is, which follows from its type."""
        super().__init_subclass__()
        if 'type_name' in vars(cls):
            cls.path, cls.key = f'/{cls.type_name}', f'{cls.type_name}s'

    def asked_fields(self) -> frozenset[str]:
        """Return the fields to ask for by name: children and back references are left out otherwise."""
        related = {field.partition('.')[0] for name in RELATIONS for field in getattr(self, name)}
        return frozenset({*related, *self.fields, *self.protecting, *_ALWAYS} - _GIVEN)

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        found = list(super().discover(cloud))
        projects = {each.project_id for each in found} - {''}
        foreign = tenants.foreign(self.api(cloud), projects) if projects else frozenset()
        for each in found:
            yield _kept(each) if each.project_id in foreign else each

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        found = super().look(cloud, ref)
        if not found or not found.project_id:
            return found
        is_foreign = tenants.is_foreign(cloud, self.api(cloud), found.project_id)
        return _kept(found) if is_foreign else found

    def api(self, cloud: Cloud) -> Service:
        """See :meth:`TableHandler.api`."""
        return access.server(cloud)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """Return the records of all; see :func:`listing.everything`."""
        return map(self.normal, listing.everything(self.api(cloud), self.type_name, self.asked_fields()))

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """Return the record of one as it is now; None only for a 404 that an administrator gets.

        :raises IncompleteListing: when that cannot be told, by an id that Contrail does not write so, above all.
        """
        shown = self.record_of(cloud, ref, {'fields': ','.join(sorted(self.asked_fields()))})
        return None if shown is None else self.normal(shown)

    def record_of(self, cloud: Cloud, ref: Ref, query: Query) -> Record | None:
        """Return one as the server shows it, to a query; see :meth:`record`."""
        identifiers.require_own(ref)
        try:
            document = self.api(cloud).get(self.address(ref), {**query, 'exclude_hrefs': '1'})
        except NotFound:
            self.require_all(cloud)
            return None
        return records.one(document, self.type_name, str(ref))

    def require_free(self, cloud: Cloud, ref: Ref, taken: Collection[str]) -> None:
        """Return when nothing refers to an object, or is below it, but what a step takes away itself.

        For a step that changes anything before the deletion, which would be refused then. All that there is is asked
        for: a newer server may know what refers to it by a field that no list names.

        :param taken: uuids of what the step takes away.
        :raises Conflict: when something else does.
        :raises NotFound: when it is gone.
        """
        record = records.one(
            self.api(cloud).get(self.address(ref), {'exclude_hrefs': '1'}), self.type_name, str(ref)
        )
        for field, uuid in referrers.of(record, str(ref)):
            if uuid not in taken:
                raise Conflict(409, f'{ref} has {uuid} in its {field}; nothing was changed.')

    def normal(self, record: Record) -> Record:
        """Return a record with every field that was asked for, and with its id, its name and its project.

        :raises IncompleteListing: when it lacks what every object has.
        """
        name = records.present(record, 'fq_name', self.kind)
        if not isinstance(name, list) or not name or not all(isinstance(each, str) for each in name):
            raise IncompleteListing(f'{self.kind} {record.get("uuid")} came without its name.')
        perms = records.present(record, 'id_perms', self.kind)
        found = {
            field: _related(field, record[field]) for field in self.asked_fields() & record.keys() - _READ
        }
        found |= {field: record[field] for field in ('parent_type', 'parent_uuid') if field in record}
        found |= {
            'id': records.identifier(record, self.kind, 'uuid'),
            'name': record.get('display_name') or name[-1],
            'project': self.project_of(record),
            'id_perms': {each: records.first(perms, each) for each in ('created', 'last_modified')},
            'protection': self.protection_of(record),
            **_tags(record),
        }
        # What is read of many thousands at a time: what has nothing in it is the same for all.
        return ChainMap(found, self._nothing())

    @classmethod
    @functools.cache
    def _nothing(cls) -> dict[str, None]:
        return dict.fromkeys(cls().asked_fields() | _GIVEN)

    def project_of(self, record: Record) -> str:
        """Return the project that an object belongs to, as Keystone writes it; empty when it belongs to none."""
        if record.get('parent_type') != 'project':
            return ''
        return keystone_id(records.identifier(record, self.kind, 'parent_uuid'))

    def protection_of(self, record: Record) -> str:
        """Return why an object must stay; see :func:`protection.of`."""
        return protection.of(record, record['fq_name'], self.protecting)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        return dataclasses.replace(super().resource(record), protection=record['protection'])


def _kept(found: Resource) -> Resource:
    """Return what is in a project that did not come from Keystone, so that it must stay."""
    return dataclasses.replace(found, protection=found.protection or tenants.FOREIGN)


def _related(field: str, value: Any) -> Any:
    """Return a field without what nobody asks for: of references, all but uuids and the names of networks."""
    if not isinstance(value, list):
        return value
    kept = ('uuid', 'to') if field == 'virtual_network_refs' else ('uuid',)
    return [
        {name: each[name] for name in kept if name in each} if isinstance(each, dict) else each
        for each in value
    ]


def _tags(record: Record) -> Mapping[str, object]:
    """Return the annotations of an object, which who may change it may write, as a field; none for most."""
    pairs = records.first(record, 'annotations.key_value_pair') or ()
    found = records.tags(
        {str(each.get('key')): each.get('value') for each in pairs if isinstance(each, Mapping)}
    )
    return {'tags': sorted(found)} if found else {}
