"""Types of volumes, with their encryption and extra specs."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import NotFound
from orphancleanup.model import Resource
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: of flavors, types, roles: by these only goes what the whole cloud shares
MEANT = frozenset({'named', 'prefix', 'not-in-baseline'})
#: Cinder makes it when it is installed (cinder/volume/volume_types.py)
_INSTALLED = '__DEFAULT__'


class VolumeType(TableHandler):
    """A type goes with its encryption, its extra specs and its access list; Cinder deletes none that is in use.

    Volumes tell its name and not its id, so that each name is looked for in all of them.
    """

    kind = 'cinder-volume-type'
    service, microversion = block_storage.SERVICE, block_storage.MICROVERSION
    path, key = '/types', 'volume_types'
    # Without it an administrator is shown those that are public.
    query, past_end = {'is_public': 'none'}, True
    after = ('cinder-group', 'cinder-volume')
    resource_types = ('OS::Cinder::VolumeType',)
    selected_by = MEANT
    project_field, value_fields = '', ('description', 'extra_specs', 'is_public')
    in_projects, keeps_nothing = False, True
    parents = {'qos_specs_id': 'cinder-qos'}
    blockers = {'volumes': 'cinder-volume'}
    require_all = staticmethod(block_storage.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield types with the volumes that are of them, and whether Cinder gives them to who names none."""
        default = self._default(cloud)
        volumes: dict[str, list[str]] = defaultdict(list)
        listed = self.api(cloud).pages('/volumes/detail', 'volumes', block_storage.COUNTED, past_end=True)
        for volume in listed:
            named = records.required(volume, 'volume_type', 'cinder-volume')
            volumes[named].append(records.identifier(volume, 'cinder-volume'))
        for record in found:
            name = records.required(record, 'name', self.kind)
            yield {**record, 'volumes': sorted(volumes[name]), 'is_default': record.get('id') == default}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        protection = 'it is the type of volumes for which nobody names one' if record['is_default'] else ''
        return dataclasses.replace(plain, is_system=plain.name == _INSTALLED, protection=protection)

    def _default(self, cloud: Cloud) -> str:
        try:
            document = self.api(cloud).get(f'{self.path}/default')
        except NotFound:
            return ''
        return records.identifier(records.one(document, 'volume_type', 'the default type'), self.kind)
