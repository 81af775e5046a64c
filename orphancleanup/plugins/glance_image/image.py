"""Images, hidden, protected and shared ones too."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import IncompleteListing, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Part, Ref, Resource
from orphancleanup.plugins.glance_image import glance
from orphancleanup.records import Record
from orphancleanup.states import States
from orphancleanup.table import TableHandler

# Hidden images are listed by themselves only.
_HIDDEN = ('false', 'true')
_PATCH = 'application/openstack-images-v2.1-json-patch'
_UNPROTECTED = [{'op': 'replace', 'path': '/protected', 'value': False}]
_MEMBER = 'OS::Glance::ImageMember'
#: the former are in everybody's list, the latter found by whoever knows them
_FOR_ALL = frozenset({'public', 'community'})


class Image(TableHandler):
    """An image. Its owner may have protected it, or shared it with other projects, which lose it when it goes.

    Of a server that boots from a volume, Nova makes an image without data that names snapshots of Cinder.
    """

    kind = 'glance-image'
    service = glance.SERVICE
    path, key, is_wrapped = '/images', 'images', False
    query = {'visibility': 'all', 'member_status': 'all', 'limit': 500}
    project_field, tag_fields, filled = 'owner', ('tags',), frozenset({'status'})
    after = ('heat-stack', 'nova-server')
    levels = frozenset({Level.API, Level.FORCE})
    value_fields = ('os_hidden', 'protected', 'tags', 'visibility')
    states = States(creation_failed=frozenset({'killed'}), gone=frozenset({'deleted', 'pending_delete'}))
    resource_types = ('OS::Glance::Image', 'OS::Glance::WebImage')
    parts_only_alter = True
    require_all = staticmethod(glance.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`; one that is hidden in between is in both lists, and is told once."""
        seen = set()
        for is_hidden in _HIDDEN:
            for record in super().listing(cloud, {**(query or {}), 'os_hidden': is_hidden}):
                identifier = records.identifier(record, self.kind)
                if identifier not in seen:
                    seen.add(identifier)
                    yield record

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`. The properties of an image stand beside its own fields."""
        plain = super().resource(record)
        is_protected = records.present(record, 'protected', self.kind) is not False
        visibility = records.required(record, 'visibility', self.kind)
        return dataclasses.replace(
            plain,
            parents=_snapshots(record),
            tags=plain.tags | {name for name in record if name.startswith('orphancleanup:')},
            is_for_all=visibility in _FOR_ALL,
            details={'is_protected': is_protected, 'visibility': visibility},
        )

    def parts(self, cloud: Cloud, resource: Resource) -> Iterator[Part]:
        """Yield the memberships of a shared image: the projects that are members lose it.

        Only a shared image can have members (glance/api/v2/image_members.py); one who has rejected it loses nothing.
        """
        if resource.details.get('visibility') != 'shared':
            return
        try:
            document = self.api(cloud).get(f'{self.address(resource.ref)}/members')
        except NotFound as error:
            raise IncompleteListing(f'The members of {resource.ref} could not be read: {error}') from error
        for member in records.inner(document, 'members', f'the members of {resource.ref}'):
            project = records.identifier(member, f'a member of {resource.ref}', 'member_id')
            if member.get('status') != 'rejected' and project != resource.project_id:
                yield Part(_MEMBER, f'{resource.id}/{project}', alters=(Ref('keystone-project', project),))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`; to delete a protected image takes lifting its owner's protection."""
        if not resource.details.get('is_protected'):
            return (Step('delete', self.delete),)
        unprotect = Step('unprotect', self._unprotect, Level.FORCE, removes=False)
        return (unprotect, Step('delete', self.delete, Level.FORCE))

    def _unprotect(self, cloud: Cloud, resource: Resource) -> None:
        now = self.look(cloud, resource.ref)
        if now is None:
            raise NotFound(404, f'{resource.ref} is gone.')
        if now.details['is_protected']:
            self.api(cloud).patch(self.address(resource.ref), _UNPROTECTED, _PATCH)


def _snapshots(record: Record) -> tuple[Ref, ...]:
    """Return the snapshots that the image of a server with volumes is made of."""
    text = record.get('block_device_mapping')
    try:
        mappings: Any = json.loads(text) if isinstance(text, str) and text else []
    except ValueError:
        mappings = []
    found = (
        [each.get('snapshot_id') for each in mappings if isinstance(each, Mapping)]
        if isinstance(mappings, list)
        else []
    )
    return tuple(
        dict.fromkeys(Ref('cinder-snapshot', each) for each in found if isinstance(each, str) and each)
    )
