"""Which projects exist: all of them, in all domains, disabled ones included."""

import urllib.parse
from collections.abc import Mapping
from itertools import chain
from typing import Any

from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Forbidden, IncompleteListing, NotFound, Unreachable
from orphancleanup.model import Project


def read_projects(cloud: Cloud) -> Mapping[str, Project]:
    """Return every project that exists, by id; what is not in it is missing.

    Keystone lists the projects of all domains to an administrator, Heat's stack users' domain included, but those
    that stand for domains only with ``is_domain=true``, and then no others (Identity API, "List projects"). Since
    2025.1 it cuts the list at its ``max_db_limit``, a thousand, without a word: it is read past its end.

    :raises IncompleteListing: when the list cannot be the whole: it is empty, cut off, or lacks our own project; and,
        with the sentence that the role admin is needed, when we may not read it.
    """
    identity = cloud.service('identity')

    def listed(query: Query) -> list[Project]:
        return list(map(_project, identity.pages('/projects', 'projects', query, past_end=True)))

    queries: tuple[Query, ...] = ({}, {'is_domain': 'true'})
    try:
        found = chain.from_iterable(cloud.ask_each(queries, listed))
        projects = {each.id: each for each in found}
    except IncompleteListing as error:
        if isinstance(error.__cause__, Forbidden):
            raise _not_allowed(error.__cause__) from error
        raise
    if cloud.project_id not in projects:
        raise IncompleteListing(
            f'Keystone lists {len(projects)} projects, but not {cloud.project_id}, from which we ask: the list is '
            f'incomplete; use the credentials of an administrator of the cloud.'
        )
    return projects


def find_project(cloud: Cloud, project_id: str) -> Project | None:
    """Return one project by its id, None when Keystone positively says that there is none.

    What acts as a domain is found, too (seen in Keystone 2024.1: ``/projects/ID`` answers both).

    :raises CloudError: for every other answer; the project may exist then.
    """
    try:
        document = cloud.service('identity').get(f'/projects/{urllib.parse.quote(project_id, safe="")}')
    except NotFound:
        return None
    project = document.get('project') if isinstance(document, dict) else None
    if not isinstance(project, dict) or project.get('id') != project_id:
        raise Unreachable(
            f'Keystone answers the question for the project {project_id} with something else: whether it exists is '
            f'not known.'
        )
    return _project(project)


def _not_allowed(refusal: Forbidden) -> IncompleteListing:
    # Without the request id: who is told twice reads it once.
    told = refusal.message.rstrip(' .')
    return IncompleteListing(
        f'Keystone does not let this account list the projects of all domains (HTTP 403: {told}); the role admin is '
        f'needed: use the credentials of an administrator of the cloud.'
    )


def _project(project: Mapping[str, Any]) -> Project:
    try:
        return Project(
            id=str(project['id']),
            name=str(project['name']),
            domain_id=str(project.get('domain_id') or ''),
            is_enabled=bool(project.get('enabled', True)),
        )
    except KeyError as error:
        raise IncompleteListing(f'Keystone lists a project without its {error}.') from error
