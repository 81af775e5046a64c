"""Where a thing without a project of its own belongs: to the project of what it is below, or of what it refers to."""

from collections.abc import Iterable, Mapping

from orphancleanup.api import Service
from orphancleanup.plugins.contrail_vn import listing
from orphancleanup.plugins.contrail_vn.identifiers import keystone_id
from orphancleanup.records import Record

# Any: parents are told as soon as a field is named.
_FIELDS = ('id_perms',)


def homes(service: Service, kind: str, ids: Iterable[str]) -> Mapping[str, str]:
    """Return the projects of some objects, as Keystone writes them.

    :param kind: their type, one that is below a project.
    :returns: uuid to project, empty for what is below something else; what is not in it is positively gone.
    :raises IncompleteListing: when that cannot be told.
    """
    return {str(each.get('uuid')): _project(each) for each in listing.chosen(service, kind, _FIELDS, ids)}


def common(homes_of: Mapping[str, str], ids: Iterable[str]) -> str:
    """Return the one project that all of some objects belong to; empty when there is none, or more than one."""
    found = {homes_of.get(each, '') for each in ids}
    return found.pop() if len(found) == 1 else ''


def _project(record: Record) -> str:
    return keystone_id(str(record.get('parent_uuid'))) if record.get('parent_type') == 'project' else ''
