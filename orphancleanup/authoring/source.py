"""What the source of a handler's module says about what it does besides asking the cloud that it is given."""

import ast
from collections.abc import Iterator
from pathlib import Path

from orphancleanup.authoring.finding import Finding

#: what a plugin may import of ours: the reference of ``docs/writing-a-handler.rst`` has a section for each
PUBLIC = frozenset(
    {
        'api',
        'database',
        'errors',
        'handler',
        'ladder',
        'model',
        'records',
        'states',
        'table',
        'testing',
        'together',
    }
)
_RETRYING = frozenset({'backoff', 'retry', 'retrying', 'tenacity'})
_CLIENTS = frozenset({'aiohttp', 'httpx', 'keystoneauth1', 'openstack', 'requests', 'urllib3'})
_BROAD = frozenset({'Exception', 'BaseException', 'OrphancleanupError', 'CloudError'})


def findings(path: Path, where: str, is_ours: bool) -> Iterator[Finding]:
    """Yield what is wrong in a file.

    :param where: how a finding names what the file is of.
    :param is_ours: whether the file is of this very package, which may import its own rooms.
    """
    # Bytes, so that the encoding that the file itself names counts.
    tree = ast.parse(path.read_bytes(), str(path))
    for node in ast.walk(tree):
        found = _finding(node, is_ours)
        if found:
            yield Finding(f'{where} ({path.name}:{getattr(node, "lineno", 1)})', *found)


def _finding(node: ast.AST, is_ours: bool) -> tuple[str, str] | None:
    match node:
        case ast.Import(names=names):
            return next(filter(None, (_imported(each.name, is_ours) for each in names)), None)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            full = [f'{module}.{each.name}' for each in names] if module == 'orphancleanup' else [module]
            return next(filter(None, (_imported(each, is_ours) for each in full)), None)
        case ast.Call(func=ast.Attribute(attr='sleep') | ast.Name(id='sleep')):
            return ('it sleeps.', 'Return instead: the engine waits, and looks again.')
        case ast.ExceptHandler() if _swallows(node):
            return (
                'it catches errors that it cannot answer for, and goes on.',
                'Catch what you mean (NotFound, above all), and let everything else pass.',
            )
    return None


def _imported(module: str, is_ours: bool) -> tuple[str, str] | None:
    first, _, rest = module.partition('.')
    if first in _RETRYING:
        return (f'it imports {first}.', 'Do not retry: the engine does, and needs to see each failure.')
    if first in _CLIENTS:
        return (
            f'it imports {first}, and what it asks that way passes by the limits and the read-only gate.',
            'Ask the services through cloud.service().',
        )
    room = rest.partition('.')[0]
    if first == 'orphancleanup' and room and room not in PUBLIC and not is_ours:
        return (
            f'it imports {module}, which is not part of the contract and may change with any release.',
            f'Import from orphancleanup.{{{", ".join(sorted(PUBLIC))}}} only.',
        )
    return None


def _swallows(node: ast.ExceptHandler) -> bool:
    """Return whether a handler of exceptions is a broad one that raises nothing."""
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    is_broad = any(each is None or _name(each) in _BROAD for each in caught)
    return is_broad and not any(isinstance(each, ast.Raise) for each in ast.walk(node))


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ''
