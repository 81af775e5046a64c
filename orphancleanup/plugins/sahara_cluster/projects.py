"""In which projects Sahara shows us its clusters.

It has no listing of all projects, not for an administrator either: each project is asked with a token of its own. A
survey grants itself no roles: where the account has none, nothing is seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import ConfigurationError, Forbidden, IncompleteListing, NotFound

# How Heat describes the projects of its stacks' guests (heat/common/heat_keystoneclient.py): no user is in them.
_OF_GUESTS = 'Heat stack user project'


@dataclass(frozen=True, slots=True)
class Projects:
    """The projects that exist.

    :param open: the ids of those in which the account has a role.
    :param shut: the id of each other one to the sentence that says why, and what to do; without those that Heat makes
        for the guests of its stacks, in which nobody makes clusters.
    """

    open: tuple[str, ...]
    shut: Mapping[str, str]

    def __contains__(self, project_id: object) -> bool:
        return project_id in self.open or project_id in self.shut


def read(cloud: Cloud) -> Projects:
    """Return the projects that exist.

    :raises IncompleteListing: when the list lacks our own project, so that it cannot be the whole.
    """
    identity = cloud.service('identity')
    living = {
        records.identifier(each, 'keystone-project'): each
        for each in identity.pages('/projects', 'projects', past_end=True)
    }
    if cloud.project_id not in living:
        raise IncompleteListing(
            f'Keystone lists {len(living)} projects, but not our own: the list is incomplete; use the credentials of '
            f'an administrator of the cloud.'
        )
    ours = {each.get('id') for each in identity.pages('/auth/projects', 'projects')} | {cloud.project_id}
    return Projects(
        tuple(identifier for identifier in living if identifier in ours),
        {
            each: _why_shut(cloud, record)
            for each, record in living.items()
            if each not in ours and record.get('description') != _OF_GUESTS
        },
    )


def _why_shut(cloud: Cloud, project: records.Record) -> str:
    name = f'{project.get("name")} ({project["id"]})'
    if project.get('enabled') is False:
        return (
            f'Sahara shows clusters to their own project only, and {name} is disabled: enable it to see them.'
        )
    return (
        f'Sahara shows clusters to their own project only, and the account has no role in {name}. A role that its '
        f'domain hands down gives it one in each: openstack role add --inherited --user {cloud.user_id} --domain '
        f'{project.get("domain_id")} admin'
    )


def within(cloud: Cloud, project_id: str) -> Cloud:
    """Return the cloud as it is seen from within a project.

    :raises Forbidden: when that cannot be. When the project is gone, too: a 404 would be taken for the cluster's end.
    """
    try:
        return cloud.project(project_id)
    except NotFound as error:
        raise Forbidden(
            403,
            f'Sahara lets nobody but its own project change a cluster, and the project {project_id} no longer exists.',
        ) from error
    except ConfigurationError as error:
        raise Forbidden(403, f'Sahara wants a token of the project {project_id}: {error}') from error
