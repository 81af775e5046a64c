"""What the reasons of some resources rest on besides themselves: asked for with each reading, each thing once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.execute.jobs import Question, Reading, Sight
from orphancleanup.model import Ref, Resource

Key = TypeVar('Key')
Value = TypeVar('Value')
#: whether a project is there, asked after some seconds on the clock, and the seconds when it was; raises when it
#: cannot be told
Exists = Callable[[str, float], tuple[bool, float]]
#: whether a parent is there; raises, too
IsThere = Callable[[Ref], bool]


def add(cloud: Cloud, reading: Reading, sight: Sight, exists: Exists, is_there: IsThere) -> Sight:
    """Return a sight with the projects and the parents on whose absence reasons rest.

    :param exists: given the id of a project, and since when it must have been asked for.
    :param is_there: given a parent.
    :returns: what rests on something that cannot be told to be there or not is unclear in it.
    """
    asking = [
        (question, sight.found[question.ref])
        for question in reading.questions
        if question.asks_facts and question.ref in sight.found
    ]
    since: dict[str, float] = {}
    for question, _ in asking:
        if question.project_id:
            before = since.get(question.project_id, question.since)
            since[question.project_id] = max(before, question.since)
    projects = answers(cloud, lambda project: exists(project, since[project]), since)
    parents = answers(
        cloud, is_there, (parent for question, fresh in asking for parent in _parents(question, fresh))
    )
    unclear = dict(sight.unclear)
    for question, fresh in asking:
        told: list[object] = [projects.get(question.project_id), *map(parents.get, _parents(question, fresh))]
        failed = next((each for each in told if isinstance(each, errors.OrphancleanupError)), None)
        if failed is not None:
            unclear[question.ref] = str(failed)
    gone = frozenset(parent for parent, is_there in parents.items() if is_there is False)
    known = {project: told for project, told in projects.items() if isinstance(told, tuple)}
    return replace(
        sight,
        unclear=unclear,
        projects={project: exists for project, (exists, _) in known.items()},
        asked={project: asked for project, (_, asked) in known.items()},
        gone=gone,
    )


def _parents(question: Question, fresh: Resource) -> tuple[Ref, ...]:
    return fresh.parents if question.asks_parents else ()


def answers(
    cloud: Cloud, ask: Callable[[Key], Value], keys: Iterable[Key]
) -> Mapping[Key, Value | errors.OrphancleanupError]:
    """Return each question's answer, or the error by which it cannot be had; a few are asked at a time, each once."""

    def asked(key: Key) -> Value | errors.OrphancleanupError:
        try:
            return ask(key)
        except errors.OrphancleanupError as error:
            return error

    once = tuple(dict.fromkeys(keys))
    return dict(zip(once, cloud.ask_each(once, asked), strict=True))
