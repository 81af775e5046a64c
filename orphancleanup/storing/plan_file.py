"""The file of a plan: what a person reads, keeps and has applied, exactly as it is.

A JSON object with ``format``, ``version``, what :mod:`.plan_document` makes of a plan, and ``digest`` over
all else; see :func:`orphancleanup.storing.documents.seal`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orphancleanup.errors import PlanError
from orphancleanup.judging.plan import Plan
from orphancleanup.model import CloudIdentity
from orphancleanup.storing import documents, plan_document
from orphancleanup.storing.documents import Node

FORMAT = 'orphancleanup plan'
VERSION = 6


@dataclass(frozen=True, slots=True)
class Sealed:
    """A plan as it is kept.

    :param document: what is in its file.
    :param digest: what tells it from every other; see :func:`digest`.
    """

    document: Mapping[str, Any]
    digest: str

    @property
    def pieces(self) -> Iterator[str]:
        """The text of its file, piece by piece: that of a large plan is never there as a whole."""
        return documents.lines(self.document)


def sealed(plan: Plan) -> Sealed:
    """Return what is in a plan's file, and its digest."""
    document = _document(plan)
    document['digest'] = documents.seal(document, 'digest')
    return Sealed(document, document['digest'])


def dump(plan: Plan) -> str:
    """Return the text of a plan's file."""
    return ''.join(sealed(plan).pieces)


def digest(plan: Plan) -> str:
    """Return what tells this plan from every other: ``sha256:`` and 64 hexadecimal digits."""
    return documents.seal(_document(plan), 'digest')


def read(path: Path) -> Plan:
    """Read a plan from its file; the only way from a file to a plan.

    :raises PlanError: when it cannot be read, or must not be applied; says why.
    """
    return parse(_text(path), str(path))


def read_cloud(path: Path) -> CloudIdentity:
    """Read which cloud a plan is for, of whatever version it is: a later release can undo what a run has changed.

    :raises PlanError: when that cannot be read.
    """

    def refuse(problem: str) -> PlanError:
        return PlanError(f'The plan {path} {problem}: which cloud the run worked on is not known.')

    document = documents.load(_text(path), refuse)
    return plan_document.read_cloud(Node(document, '', refuse).member('cloud'))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, 'strerror', None) or 'it is not text'
        raise PlanError(f'The plan {path} cannot be read: {reason}.') from error


def parse(text: str, source: str) -> Plan:
    """Read a plan from the text of its file.

    :param source: the file's name, for the refusal.
    :raises PlanError: when it must not be applied; says why.
    """

    def refuse(problem: str) -> PlanError:
        return PlanError(f'The plan {source} {problem}; make a new one with --dry-run --plan-file.')

    document = documents.load(text, refuse)
    root = Node(document, '', refuse)
    if document.get('format') != FORMAT:
        raise refuse('is no plan of orphancleanup')
    version = root.member('version').number()
    if version != VERSION:
        raise refuse(f'has version {version}, and this orphancleanup applies version {VERSION} only')
    if root.member('digest').text() != documents.seal(document, 'digest'):
        raise refuse('was changed after it was made: its digest is wrong, and a plan is not edited by hand')
    return plan_document.read(root)


def _document(plan: Plan) -> dict[str, Any]:
    return {'format': FORMAT, 'version': VERSION, **plan_document.written(plan)}
