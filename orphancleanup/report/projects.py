"""How a project is named to people."""

from collections.abc import Mapping

from orphancleanup.model import Project


def project_name(project_id: str, projects: Mapping[str, Project], known: bool = True) -> str:
    """Return the name of a living project, ``(missing) <id>`` of a dead one, and nothing for nobody's.

    :param known: whether all projects are in ``projects``; when not, one that is not there may well be living.
    """
    if not project_id:
        return ''
    if project_id in projects:
        return projects[project_id].name
    return f'(missing) {project_id}' if known else f'(unknown) {project_id}'
