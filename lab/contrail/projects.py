"""How Keystone's projects become objects, and cease to be: the part of Neutron's plug-in in the API server."""

import contextlib
import uuid as uuids

from lab.contrail import changes, schema
from lab.contrail.callers import Identity, spelled
from lab.contrail.shapes import Refusal
from lab.contrail.store import Object, Store, new_uuid, permissions

DOMAIN = ('default-domain',)


class Projects:
    """Keeps projects in step with Keystone, as far as the real one does.

    :ivar failed: projects that could not be deleted when they vanished from Keystone: they are never tried again.
    """

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self.failed: set[str] = set()
        self._known = {
            spelled(each.uuid) for each in store.of_type('project') if each.name[-1] != 'default-project'
        }

    def on_demand(self, uuid: str) -> None:
        """Make the object of a living project that was asked for and is not there: reading it makes it."""
        with contextlib.suppress(ValueError):
            identifier = uuids.UUID(uuid).hex
            name = None if uuid in self._store.objects else self._identity.project(identifier)
            if name is not None:
                self._make(identifier, name)

    def resync(self, base: str, has_transformer: bool) -> None:
        """Make what is new in Keystone, and try once to delete what vanished from it."""
        living = self._identity.projects()
        for identifier, name in living.items():
            if str(uuids.UUID(identifier)) not in self._store.objects:
                self._make(identifier, name)
        for identifier in self._known - living.keys():
            self._try_once(str(uuids.UUID(identifier)), base, has_transformer)
        self._known = set(living)

    def _make(self, identifier: str, name: str) -> Object:
        """Make a project; one whose name is taken by an older one gets another."""
        domain = self._store.named('domain', DOMAIN)
        assert domain
        taken = self._store.named('project', (*DOMAIN, name))
        unique = f'{name}-{new_uuid()}' if taken else name
        made = Object('project', str(uuids.UUID(identifier)), (*DOMAIN, unique), 'domain', domain.uuid)
        made.properties = {**permissions(identifier), 'display_name': name}
        return self._store.add(made)

    def _try_once(self, uuid: str, base: str, has_transformer: bool) -> None:
        project = self._store.objects.get(uuid)
        if project is None:
            return
        # Before the project is tried, its default security group goes, whatever becomes of the project.
        for each in self._store.children(uuid, 'security-group'):
            if each.name[-1] == 'default' and not any(
                self._store.referrers(each.uuid, kind) for kind in schema.referrers_of('security-group')
            ):
                changes.delete(self._store, each.type, each.uuid, base, has_transformer)
        try:
            changes.delete(self._store, 'project', uuid, base, has_transformer)
        except Refusal:
            self.failed.add(uuid)
