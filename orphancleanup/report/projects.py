"""How a project is named to people."""

from collections import Counter
from collections.abc import Mapping

from orphancleanup.model import Project


def project_state(project_id: str, projects: Mapping[str, Project]) -> str:
    """Return whether a project lives: ``living``, ``disabled`` or ``missing``; nothing for nobody's.

    :param projects: all that live.
    """
    if not project_id:
        return ''
    if project_id not in projects:
        return 'missing'
    return 'living' if projects[project_id].is_enabled else 'disabled'


def project_name(project_id: str, projects: Mapping[str, Project], known: bool = True) -> str:
    """Return the name of a living project, ``(missing) <id>`` of a dead one, and nothing for nobody's.

    :param known: whether all projects are in ``projects``; when not, one that is not there may well be living.
    """
    if project_id in projects:
        return projects[project_id].name
    return _without_name(project_id, known)


def names(projects: Mapping[str, Project]) -> dict[str, str]:
    """Return project id to how people tell a living project from all others; see :func:`told_apart`."""
    return told_apart({identifier: project.name for identifier, project in projects.items()})


def told_apart(named: Mapping[str, str]) -> dict[str, str]:
    """Return names with the id beside each that several have: each domain may have a project of one name.

    :param named: project id to name.
    """
    twins = Counter(named.values())
    return {
        identifier: name if twins[name] == 1 else f'{name} ({identifier})'
        for identifier, name in named.items()
    }


def shown_name(project_id: str, named: Mapping[str, str], known: bool = True) -> str:
    """Return what people read of a project; as :func:`project_name`, but for ``named``, which :func:`names` returns."""
    return named[project_id] if project_id in named else _without_name(project_id, known)


def _without_name(project_id: str, known: bool) -> str:
    if not project_id:
        return ''
    return f'(missing) {project_id}' if known else f'(unknown) {project_id}'
