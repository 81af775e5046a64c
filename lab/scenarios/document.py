"""The JSON document that a scenario prints."""

import json
from collections.abc import Iterable

from lab.scenarios.project import Project


def render(scenario: str, projects: Iterable[Project]) -> str:
    """Render what a scenario made or found.

    :param scenario: its name.
    :param projects: the projects, with what was noted in each.
    :returns: a JSON document; kinds are spelled as orphancleanup spells them.
    """
    found = list(projects)
    document = {
        'scenario': scenario,
        'projects': [{'id': each.project_id, 'name': each.name, 'username': each.username} for each in found],
        'resources': [resource for each in found for resource in each.made],
    }
    return json.dumps(document, indent=2)
