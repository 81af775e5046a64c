"""What the reasons of some resources rest on besides themselves: asked for with each reading, each thing once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from orphancleanup import errors
from orphancleanup.execute.jobs import Question, Reading, Sight
from orphancleanup.model import Ref, Resource

Key = TypeVar('Key')
#: whether a project, or a parent, is there; raises when that cannot be told
Exists = Callable[[str], bool]
IsThere = Callable[[Ref], bool]


def add(reading: Reading, sight: Sight, exists: Exists, is_there: IsThere) -> Sight:
    """Return a sight with the projects and the parents on whose absence reasons rest.

    :param exists: given the id of a project.
    :param is_there: given a parent.
    :returns: what rests on something that cannot be told to be there or not is unclear in it.
    """
    projects, parents = _Once(exists), _Once(is_there)
    unclear = dict(sight.unclear)
    for question in reading.questions:
        fresh = sight.found.get(question.ref)
        if fresh is not None and question.asks_facts:
            try:
                _ask(question, fresh, projects, parents)
            except errors.OrphancleanupError as error:
                unclear[question.ref] = str(error)
    gone = frozenset(parent for parent, is_there in parents.answers.items() if is_there is False)
    known = {project: there for project, there in projects.answers.items() if isinstance(there, bool)}
    return replace(sight, unclear=unclear, projects=known, gone=gone)


def _ask(question: Question, fresh: Resource, projects: '_Once[str]', parents: '_Once[Ref]') -> None:
    if question.project_id:
        projects.ask(question.project_id)
    for parent in fresh.parents if question.asks_parents else ():
        parents.ask(parent)


class _Once(Generic[Key]):
    """Asks each question once, and remembers failures, too."""

    def __init__(self, ask: Callable[[Key], bool]) -> None:
        self._ask = ask
        self.answers: dict[Key, bool | errors.OrphancleanupError] = {}

    def ask(self, key: Key) -> bool:
        """Return the answer.

        :raises errors.OrphancleanupError: each time when it could not be had.
        """
        if key not in self.answers:
            try:
                self.answers[key] = self._ask(key)
            except errors.OrphancleanupError as error:
                self.answers[key] = error
        answer = self.answers[key]
        if isinstance(answer, errors.OrphancleanupError):
            raise answer
        return answer
