"""Which projects ``--project`` means. One may be gone, and its id be all that is left; a name may be anything."""

import re
from collections.abc import Callable, Iterable, Mapping

from orphancleanup.cli.parsing import suggestion
from orphancleanup.errors import UsageError
from orphancleanup.model import Project

_ID = re.compile(r'[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def resolve(typed: Iterable[str], read: Callable[[], Mapping[str, Project]]) -> frozenset[str]:
    """Return the ids of the projects that are meant.

    What looks like an id is one: else whoever names a project after the id of a dead one would have it cleaned.

    :param read: returns all living ones, by id; it is asked for names only.
    :raises UsageError: when a name is that of no project, or of several.
    """
    words = frozenset(typed)
    ids = frozenset(filter(_ID.fullmatch, words))
    projects = read() if words - ids else {}
    return ids | {_named(word, projects) for word in words - ids}


def _named(word: str, projects: Mapping[str, Project]) -> str:
    if word in projects:
        return word
    found = [project for project in projects.values() if project.name == word]
    if len(found) > 1:
        ids = ', '.join(f'{project.id} (domain {project.domain_id or "unknown"})' for project in found)
        raise UsageError(
            f'--project {word!r}: {len(found)} projects have this name; name one by its id: {ids}.'
        )
    if not found:
        close = suggestion(word, [project.name for project in projects.values()])
        raise UsageError(
            f'--project {word!r}: no project has this name or id.{close} '
            f'A project that no longer exists is named by its id.'
        )
    return found[0].id
