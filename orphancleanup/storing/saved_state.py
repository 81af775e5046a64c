"""The file of a baseline: ``saved_state.json``, our own or tempest's.

::

    {"format": "orphancleanup saved state", "version": 2,
     "tool_version": "0.1.0", "created_at": "2026-11-20T12:00:00+00:00",
     "cloud": {"auth_url": ..., "region": ..., "user_id": ..., "project_id": ..., "fingerprint": ...},
     "complete": ["cinder-volume", ...],
     "projects": {"<id>": "<name>"},
     "kinds": {"cinder-volume": {"<id>": {"name": ..., "project_id": ..., "created_at": ..., "values": {...}}}},
     "checksum": "sha256:..."}

A resource has ``values`` only where its kind tells some. ``checksum`` is over all else in canonical form; see
:func:`orphancleanup.storing.documents.seal`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orphancleanup.errors import SavedStateError
from orphancleanup.judging.baseline import Baseline, KnownResource
from orphancleanup.model import KIND, CloudIdentity, Ref
from orphancleanup.storing import documents, files
from orphancleanup.storing.documents import Node, Refuse
from orphancleanup.tempest import saved_state as tempest

FORMAT = 'orphancleanup saved state'
VERSION = 2


def write(path: Path, baseline: Baseline, overwrite: bool = False) -> None:
    """Write a baseline that only its owner may read, whole or not at all.

    :param overwrite: whether a file of this name may be replaced.
    :raises SavedStateError: when there is one and it may not, or when it cannot be written.
    """
    document = _document(baseline)
    document['checksum'] = documents.seal(document, 'checksum')
    try:
        # Without indentation: json then encodes in C, and a million resources take seconds.
        files.atomic_write(path, json.dumps(document, sort_keys=False) + '\n', overwrite)
    except FileExistsError as error:
        raise SavedStateError(
            f'{path} exists already; add --overwrite to replace it, or name another file.'
        ) from error
    except OSError as error:
        raise SavedStateError(f'The saved state cannot be written to {path}: {error.strerror}.') from error


def read(path: Path) -> Baseline:
    """Read a baseline, our own or tempest's.

    :raises SavedStateError: when there is none, or it must not be trusted; says why.
    """

    def refuse(problem: str) -> SavedStateError:
        return SavedStateError(f'The saved state {path} {problem}; nothing is compared with it.')

    try:
        text = path.read_text(encoding='utf-8')
    except FileNotFoundError as error:
        raise SavedStateError(
            f'There is no saved state {path}; take one with "cleanup --init-saved-state".'
        ) from error
    except OSError as error:
        raise refuse(f'cannot be read ({error.strerror})') from error
    except UnicodeDecodeError as error:
        raise refuse('is not text') from error
    document = documents.load(text, refuse)
    if tempest.is_one(document):
        return tempest.read(document, refuse)
    return _baseline(_checked(document, refuse))


def _document(baseline: Baseline) -> dict[str, Any]:
    if baseline.cloud is None or baseline.created_at is None:
        raise SavedStateError(
            'A saved state of tempest cannot be written anew: it does not tell its cloud or its time.'
        )
    kinds: dict[str, dict[str, Any]] = defaultdict(dict)
    for ref, known in baseline.resources.items():
        kinds[ref.kind][ref.id] = {
            'name': known.name,
            'project_id': known.project_id,
            'created_at': known.created_at.isoformat() if known.created_at else None,
            **({'values': dict(known.values)} if known.values else {}),
        }
    return {
        'format': FORMAT,
        'version': VERSION,
        'tool_version': baseline.tool_version,
        'created_at': baseline.created_at.isoformat(),
        'cloud': asdict(baseline.cloud),
        'complete': sorted(baseline.complete),
        'projects': dict(baseline.projects),
        'kinds': kinds,
    }


def _checked(document: dict[str, Any], refuse: Refuse) -> Node:
    """Return the root of a document of a version that we know and that nobody has changed."""
    root = Node(document, '', refuse)
    if document.get('format') != FORMAT:
        raise refuse('is not a saved state, neither of orphancleanup nor of tempest')
    version = root.member('version').number()
    if version > VERSION:
        raise refuse(
            f'has version {version}, and this orphancleanup reads up to {VERSION}: use the one that wrote it'
        )
    if version < 1:
        raise refuse(f'has version {version}, which does not exist')
    if root.member('checksum').text() != documents.seal(document, 'checksum'):
        raise refuse('was changed after it was written: its checksum is wrong')
    return root


def _baseline(root: Node) -> Baseline:
    cloud = root.member('cloud')
    names = ('auth_url', 'region', 'user_id', 'project_id', 'fingerprint')
    return Baseline(
        resources={
            ref: known for kind, node in root.member('kinds').items() for ref, known in _known(kind, node)
        },
        complete=frozenset(root.member('complete').texts()),
        projects={project: node.text() for project, node in _projects(root).items()},
        cloud=CloudIdentity(**{name: cloud.member(name).text() for name in names}),
        created_at=root.member('created_at').time(),
        tool_version=root.member('tool_version').text(),
    )


def _projects(root: Node) -> Node:
    # Version 1 called them tenants.
    return root.member('tenants' if root.member('version').number() == 1 else 'projects')


def _known(kind: str, node: Node) -> Iterator[tuple[Ref, KnownResource]]:
    if not KIND.fullmatch(kind):
        raise node.refuse(f'is not as it should be: {kind!r} is no kind')
    for identifier, entry in node.items():
        if not identifier:
            raise node.refuse(f'is not as it should be: {node.where} has an empty id')
        known = KnownResource(
            entry.member('name').text(),
            entry.member('project_id').text(),
            entry.member('created_at').time_or_none(),
            entry.member('values').mapping() if 'values' in entry.mapping() else {},
        )
        yield Ref(kind, identifier), known
