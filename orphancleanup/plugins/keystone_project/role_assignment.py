"""Roles that outlived whom they were given to, or where."""

from collections.abc import Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.keystone_project import grant, identity
from orphancleanup.plugins.keystone_project.grant import Grant
from orphancleanup.records import identifier


class RoleAssignment(Handler):
    """A role of a user, a group, a project or a domain that is gone; of those that are there it says nothing.

    Keystone deletes them with their ends, but for users and groups that somebody else deletes (LDAP), and what its
    services left half done. What seems to be gone is asked for by its id before anything follows from it.
    """

    kind, service = grant.KIND, identity.SERVICE
    selected_by = frozenset({'named', 'parent-missing', 'project-missing'})

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        grants = [grant.read(record) for record in identity.assignments(cloud)]
        there = frozenset(_ends(cloud))
        for each in grants:
            gone = tuple(end for end in each.ends if end not in there)
            if gone:
                yield _resource(each, gone)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`; there is no address of one."""
        return next((each for each in self.discover(cloud) if each.ref == ref), None)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (Step('delete', self.delete),)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Take the role away.

        :raises Conflict: when Keystone does not, since it does not know the project or the domain
            (keystone/assignment/core.py, ``delete_grant``): the 404 is about that, and not about the role.
        """
        for record in identity.assignments(cloud):
            found = grant.read(record)
            if found.id == resource.id:
                self._take(cloud, found)
                return
        raise NotFound(404, f'{resource.ref} is gone.')

    def _take(self, cloud: Cloud, found: Grant) -> None:
        try:
            cloud.service(self.service).delete(found.path)
        except NotFound as error:
            raise Conflict(
                409,
                f'Keystone takes no role away in a {found.scope} that is gone; this one goes with the {found.holder} '
                f'{found.holder_id}, or out of the database: {error}',
            ) from error


def _ends(cloud: Cloud) -> Iterator[Ref]:
    """Yield all users, groups, projects and domains."""
    service = cloud.service(identity.SERVICE)
    within = identity.domains(cloud)
    for name, found in (
        ('domain', iter(within)),
        ('project', service.pages('/projects', 'projects', past_end=True)),
        ('user', identity.in_domains(cloud, within, '/users', 'users')),
        ('group', identity.in_domains(cloud, within, '/groups', 'groups')),
    ):
        for record in found:
            yield Ref(f'keystone-{name}', identifier(record, f'keystone-{name}'))


def _resource(found: Grant, gone: tuple[Ref, ...]) -> Resource:
    project = next((ref.id for ref in gone if ref.kind == 'keystone-project'), '')
    return Resource(Ref(grant.KIND, found.id), project_id=project, parents=gone)
