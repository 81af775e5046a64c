"""How a tenant is named to people."""

from collections.abc import Mapping

from orphancleanup.model import Tenant


def tenant_name(project_id: str, tenants: Mapping[str, Tenant], known: bool = True) -> str:
    """Answer the name of a living tenant, ``(missing) <id>`` of a dead one, and nothing for nobody's.

    :param known: whether all tenants are in ``tenants``; when not, one that is not there may well be living.
    """
    if not project_id:
        return ''
    if project_id in tenants:
        return tenants[project_id].name
    return f'(missing) {project_id}' if known else f'(unknown) {project_id}'
