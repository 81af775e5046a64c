"""Images of Glance: an image that its owner protects stays."""

import dataclasses
from collections.abc import Iterator

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.model import Resource
from orphancleanup.records import Record
from orphancleanup.states import States
from orphancleanup.table import TableHandler


class Image(TableHandler):
    """An image of Glance."""

    kind = 'glance-image'
    service = 'image'
    path = '/images'
    key = 'images'
    is_wrapped = False
    project_field = 'owner'
    tag_fields = ('tags',)
    filled = frozenset({'status'})
    states = States(creation_failed=frozenset({'killed'}), gone=frozenset({'deleted', 'pending_delete'}))

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        # Hidden images are shown by themselves only, and those of all visibilities only when asked for all.
        for is_hidden in ('false', 'true'):
            query = {'visibility': 'all', 'member_status': 'all', 'os_hidden': is_hidden, 'limit': 500}
            yield from map(self.resource, self.api(cloud).pages(self.path, self.key, query))

    def resource(self, record: Record) -> Resource:
        plain = super().resource(record)
        is_protected = records.present(record, 'protected', self.kind)
        return dataclasses.replace(
            plain,
            # The properties of an image stand beside its own fields.
            tags=plain.tags | {name for name in record if name.startswith('orphancleanup:')},
            protection='its owner has protected it (unprotect it first)' if is_protected else '',
        )
