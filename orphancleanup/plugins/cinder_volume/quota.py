"""Quotas of projects in Cinder that are not the default ones."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.plugins.cinder_volume.volume_type import MEANT
from orphancleanup.records import identifier, mark, one, required, segment

_PATH = '/os-quota-sets'
#: cinder/quota.py, ``QUOTAS.register_resources``
_OF_ALL_TYPES = frozenset(
    {
        'backup_gigabytes',
        'backups',
        'gigabytes',
        'groups',
        'per_volume_gigabytes',
        'snapshots',
        'volumes',
    }
)


class Quota(Handler):
    """What a project has been granted beside the default; deleting it brings the default back.

    Cinder lists no quotas, and answers with the default for whatever id it is asked about. So each project is asked
    for, and each that is gone and has a volume left; what is granted as by default is no quota to anybody.
    """

    kind, service = 'cinder-quota', block_storage.SERVICE
    selected_by = MEANT | {'everything', 'project-missing'}
    look_proves_end = True

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        block_storage.require_administrator(cloud)
        yield from self._of(cloud, _projects(cloud))

    def discover_in(self, cloud: Cloud, project_ids: Collection[str]) -> Iterator[Resource]:
        """See :class:`orphancleanup.handler.ListsByProject`; without the projects' names."""
        block_storage.require_administrator(cloud)
        yield from self._of(cloud, dict.fromkeys(project_ids, ''))

    def _of(self, cloud: Cloud, projects: Mapping[str, str]) -> Iterator[Resource]:
        default = _default(cloud)
        quotas = cloud.ask_each(projects, lambda project: _granted(cloud, project))
        for (project, name), granted in zip(projects.items(), quotas, strict=True):
            if granted != default:
                yield _resource(project, name, granted)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        block_storage.require_administrator(cloud)
        granted = _granted(cloud, ref.id)
        if granted == _default(cloud):
            return None
        name = _projects(cloud).get(ref.id, '')
        return _resource(ref.id, name, granted)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (Step('reset', _reset),)


def _resource(project: str, name: str, granted: Mapping[str, Any]) -> Resource:
    # The limits of a type come and go with the type.
    own = {limit: value for limit, value in granted.items() if limit in _OF_ALL_TYPES}
    return Resource(Ref(Quota.kind, project), name=name, project_id=project, mark=mark(own), values=granted)


def _reset(cloud: Cloud, resource: Resource) -> None:
    cloud.service(Quota.service).delete(f'{_PATH}/{segment(resource.id)}')


def _projects(cloud: Cloud) -> dict[str, str]:
    """Return the projects that there are, and those that Cinder has volumes of, with their names."""
    volumes = cloud.service(Quota.service, block_storage.MICROVERSION).pages(
        '/volumes/detail', 'volumes', block_storage.COUNTED, past_end=True
    )
    found = {identifier(each, 'cinder-volume', block_storage.PROJECT): '' for each in volumes}
    for project in cloud.service('identity').pages('/projects', 'projects', past_end=True):
        found[identifier(project, 'project')] = required(project, 'name', 'project')
    return found


def _granted(cloud: Cloud, project: str) -> Mapping[str, Any]:
    return _read(cloud, f'{_PATH}/{segment(project)}', project)


def _default(cloud: Cloud) -> Mapping[str, Any]:
    return _read(cloud, f'{_PATH}/{segment(cloud.project_id)}/defaults', cloud.project_id)


def _read(cloud: Cloud, path: str, project: str) -> Mapping[str, Any]:
    found = one(cloud.service(Quota.service).get(path), 'quota_set', f'the quota of {project}')
    identifier(found, Quota.kind)
    return {name: value for name, value in found.items() if name != 'id'}
