"""The JSON document that a scenario prints."""

import json
from collections.abc import Iterable

from lab.scenarios.tenant import Tenant


def render(scenario: str, tenants: Iterable[Tenant]) -> str:
    """Render what a scenario made or found.

    :param scenario: its name.
    :param tenants: the tenants, with what was noted in each.
    :returns: a JSON document; kinds are spelled as orphancleanup spells them.
    """
    found = list(tenants)
    document = {
        'scenario': scenario,
        'projects': [{'id': each.project_id, 'name': each.name, 'username': each.username} for each in found],
        'resources': [resource for each in found for resource in each.made],
    }
    return json.dumps(document, indent=2)
