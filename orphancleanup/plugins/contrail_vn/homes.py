"""Where a thing without a project of its own belongs: to the project of what it is below, or of what it refers to."""

from collections.abc import Iterable, Mapping

from orphancleanup.api import Service
from orphancleanup.plugins.contrail_vn import listing
from orphancleanup.plugins.contrail_vn.objects import keystone_id
from orphancleanup.records import Record

#: above this many, one list of all costs less than asking for each
_MANY = 200
# Any: parents are told as soon as a field is named.
_FIELDS = ('id_perms',)


def homes(service: Service, kind: str, ids: Iterable[str]) -> Mapping[str, str]:
    """Return the projects of some objects, as Keystone writes them.

    :param kind: their type, one that is below a project.
    :returns: uuid to project, empty for what is below something else; what is not in it is positively gone.
    :raises IncompleteListing: when that cannot be told.
    """
    wanted = set(ids)
    found: list[Record] = []
    if len(wanted) <= _MANY:
        found = list(listing.some(service, kind, _FIELDS, wanted))
    if len(found) < len(wanted):
        # That an object is passed over is no proof; that the whole list lacks it is one.
        found = [each for each in listing.everything(service, kind, _FIELDS) if each.get('uuid') in wanted]
    return {str(each.get('uuid')): _project(each) for each in found}


def common(homes_of: Mapping[str, str], ids: Iterable[str]) -> str:
    """Return the one project that all of some objects belong to; empty when there is none, or more than one."""
    found = {homes_of.get(each, '') for each in ids}
    return found.pop() if len(found) == 1 else ''


def _project(record: Record) -> str:
    return keystone_id(str(record.get('parent_uuid') or '')) if record.get('parent_type') == 'project' else ''
