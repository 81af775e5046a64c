"""Changes the pure rooms a little at a time and asks the tests whether they notice: python -m tools.mutants [MODULE].

mutmut does it, installed into a folder of its own; its settings are in pyproject.toml. Printed are the changes that no
test noticed. Those that only change the words of a sentence come last and are counted alone: no test has a sentence
in full. MODULE (``judging.rules``, ``execute.transition``) keeps to some modules; it may end in ``*``.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path('.mutants')
REQUIREMENT = 'mutmut~=3.8.1'
_STRING = re.compile(r"""f?(['"]).*?\1""")
_HEADER = ('---', '+++', '@@', '#')


def run(*arguments: str, is_shown: bool = False) -> subprocess.CompletedProcess[str]:
    """Run mutmut in this interpreter, with its own folder in front."""
    command = [sys.executable, '-m', 'mutmut', *arguments]
    path = os.pathsep.join([str(FOLDER.absolute()), *filter(None, [os.environ.get('PYTHONPATH')])])
    output = None if is_shown else subprocess.PIPE
    return subprocess.run(
        command, env={**os.environ, 'PYTHONPATH': path}, stdout=output, text=True, check=False
    )


def changed() -> frozenset[str]:
    """Return the names of the modules that are changed, without that of the package."""
    settings = tomllib.loads(Path('pyproject.toml').read_text())['tool']['mutmut']
    files = (file for pattern in settings['only_mutate'] for file in Path().glob(pattern))
    return frozenset('.'.join(file.with_suffix('').parts[1:]) for file in files)


def install() -> None:
    """Bring mutmut into its folder, unless it is there."""
    if not (FOLDER / 'mutmut').exists():
        pip = [sys.executable, '-m', 'pip', 'install', '--quiet', '--target', str(FOLDER), REQUIREMENT]
        subprocess.run(pip, check=True)


def survivors(names: Sequence[str]) -> list[str]:
    """Return the changes that no test noticed, or that no test came by."""
    found = re.findall(r'^\s*(\S+): (survived|no tests)$', run('results').stdout, re.MULTILINE)
    return [
        name
        for name, _ in found
        if not names or any(name.startswith(f'orphancleanup.{each}') for each in names)
    ]


def difference(name: str) -> list[str]:
    """Return the lines that a change takes away and brings."""
    lines = run('show', name).stdout.splitlines()
    return [line for line in lines if line[:1] in '+-' and not line.startswith(_HEADER)]


def is_wording(lines: Sequence[str]) -> bool:
    """Return whether a change is to nothing but the words of a sentence: a text with a space in it."""
    before, after = ([line[1:] for line in lines if line[0] == sign] for sign in '-+')
    if len(before) != len(after):
        return False
    return all(old == new or _is_other_words(old, new) for old, new in zip(before, after, strict=True))


def _is_other_words(old: str, new: str) -> bool:
    for found in _STRING.finditer(old):
        start, end = old[: found.start()], old[found.end() :]
        is_around = new.startswith(start) and new.endswith(end)
        instead = new[len(start) : len(new) - len(end)]
        if ' ' in found[0] and is_around and (instead == 'None' or _STRING.fullmatch(instead)):
            return True
    return False


def main(modules: Sequence[str]) -> int:
    """Change, test and tell.

    :returns: 1 when a change that is more than wording went unnoticed, 2 for a module that is not changed.
    """
    names = [each.removesuffix('*') for each in modules]
    known = sorted(changed())
    for name in names:
        if not any(each.startswith(name) for each in known):
            print(f'{name!r} is none of the modules that are changed; these are: {", ".join(known)}.')
            return 2
    install()
    run(
        'run',
        '--max-children',
        str(os.cpu_count() or 2),
        *(f'orphancleanup.{each}*' for each in names),
        is_shown=True,
    )
    shown, wording = [], 0
    for name in survivors(names):
        lines = difference(name)
        wording += (is_word := is_wording(lines))
        shown += [] if is_word else [(name, lines)]
    for name, lines in shown:
        print('\n'.join([f'\n{name}', *lines]))
    print(f'\n{len(shown)} changes went unnoticed, and {wording} of the words of sentences.')
    return 1 if shown else 0


if __name__ == '__main__':
    os.chdir(Path(__file__).resolve().parents[1])
    sys.exit(main(sys.argv[1:]))
