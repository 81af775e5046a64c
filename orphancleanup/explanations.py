"""What an inventory tells about one resource, in words. Pure."""

from orphancleanup import links
from orphancleanup.model import Inventory, Ref, Resource


def tenant_line(resource: Resource, inventory: Inventory) -> str:
    """Return one line about the project of a resource."""
    if not resource.project_id:
        return 'it belongs to no project'
    tenant = inventory.tenants.get(resource.project_id)
    if tenant is None:
        unsure = '' if inventory.known_tenants else ' (the list of projects could not be read)'
        return f'missing: no project has the id {resource.project_id}{unsure}'
    return f'{tenant.name} ({tenant.id})' + ('' if tenant.is_enabled else ', disabled')


def holders(resource: Resource, inventory: Inventory) -> tuple[Resource, ...]:
    """Return what keeps a resource from going, and the owners that would take it along."""
    graph = links.link(inventory)
    refs = graph.owners.get(resource.ref, frozenset()) | graph.hindrances.get(resource.ref, frozenset())
    return tuple(inventory.resources[ref] for ref in sorted(refs) if ref in inventory.resources)


def why_unread(inventory: Inventory, ref: Ref) -> str:
    """Return why it is not known whether a resource exists."""
    if ref in inventory.uncertain:
        return inventory.uncertain[ref]
    if ref.kind in inventory.absent:
        return inventory.absent[ref.kind]
    return next(
        (
            unread.why
            for unread in inventory.unread
            if unread.scope.is_listing and unread.scope.kind == ref.kind
        ),
        'it could not be read',
    )
