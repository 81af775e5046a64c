"""tempest's ``saved_state.json``: collection to id to name or record; without a cloud, a time or a version.

How much a collection tells differs (tempest/cmd/cleanup_service.py, release 47, ``list`` of each class):

- Most are of the whole cloud.
- Servers, volumes and snapshots are of tempest's own project, images those that are neither hidden nor community
  images, ports those that nobody or a server uses, security groups those that are not called ``default``: of these
  only what is in a project that came later is new for certain.
- Keypairs are of tempest's own user. Which user that was is not told: they tell nothing.
- Roles that could not be listed are written as none: no roles at all tell nothing.
"""

from typing import Any

from orphancleanup.judging.baseline import Baseline, KnownResource
from orphancleanup.model import Ref
from orphancleanup.storing.documents import Node, Refuse
from orphancleanup.tempest.kinds import KINDS

_WHOLE = (
    'domains',
    'flavors',
    'floatingips',
    'metering_labels',
    'networks',
    'projects',
    'regions',
    'roles',
    'routers',
    'server_groups',
    'subnetpools',
    'subnets',
    'users',
)
_OWN_PROJECT = ('images', 'ports', 'security_groups', 'servers', 'snapshots', 'volumes')
_NAMES = frozenset((*_WHOLE, *_OWN_PROJECT, 'keypairs', 'metering_label_rules'))


def is_one(document: dict[str, Any]) -> bool:
    """Return whether a document is a saved state of tempest."""
    return 'format' not in document and bool(document) and _NAMES.issuperset(document)


def read(document: dict[str, Any], refuse: Refuse) -> Baseline:
    """Return what it tells.

    :raises OrphancleanupError: what ``refuse`` makes, when it has no projects, or another form.
    """
    root = Node(document, '', refuse)
    if not document.get('projects'):
        raise refuse('of tempest has no projects: which projects are new cannot be told')
    told = [name for name in (*_WHOLE, *_OWN_PROJECT) if name in document]
    complete = [name for name in told if document[name] or name != 'roles']
    return Baseline(
        resources={
            Ref(KINDS[name], identifier): KnownResource(each)
            for name in told
            for identifier, each in _entries(root.member(name)).items()
        },
        complete=frozenset(KINDS[name] for name in complete),
        projects=_entries(root.member('projects')),
        in_new_projects=frozenset(KINDS[name] for name in complete if name in _OWN_PROJECT),
    )


def _entries(node: Node) -> dict[str, str]:
    names = {}
    for identifier, entry in node.items():
        if not identifier:
            raise node.refuse(f'is not as it should be: {node.where} has an empty id')
        names[identifier] = _name(entry)
    return names


def _name(entry: Node) -> str:
    """Return the name of what is kept by name, or as a whole record; a volume without a name has null there."""
    if isinstance(entry.value, dict):
        name = entry.value.get('name')
        return name if isinstance(name, str) else ''
    return '' if entry.value is None else entry.text()
