"""The tour of the documentation, as a script: ``python -m tests.functional.tour`` writes docs/tour.rst anew.

The page is the script: each ``$`` line of its console blocks is run against the lab, and what it prints replaces
what followed it. Ids, times and addresses are replaced by others that are always the same.
"""

import itertools
import os
import re
import shlex
import subprocess
import sys
import uuid
from argparse import Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.scenarios import leaks, stuck
from orphancleanup.cli.screen import broken
from tests.functional.command import PROGRAM, Command
from tests.functional.sandbox import Sandbox, find_lab

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'tour.rst'
COLUMNS = 100
_PROMPT = '   $ '
_BLOCK = '.. code-block:: console'
_ID = re.compile(r'\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b')
_SPACE = uuid.UUID('7d2c5f2e-93a4-4d0c-8d57-0f6f5b1c9a10')
#: what else differs from day to day and from lab to lab
_OTHERS = (
    (re.compile(r'\d{4}-\d\d-\d\d(?=[ T]\d\d:\d\d:\d\d)'), '2026-11-20'),
    (re.compile(r'127\.0\.0\.1:\d{5}'), '127.0.0.1:15000'),
)


@dataclass
class Story:
    """The lab as the tour goes through it.

    :ivar ids: ids and names of runs that exist only today to those that the page shows.
    """

    sandbox: Sandbox
    command: Command
    ids: dict[str, str] = field(default_factory=dict)
    code: int = 0
    seeds: dict[tuple[str, tuple[str, ...]], Future[object]] = field(default_factory=dict)

    def tell(self, line: str) -> str:
        """Run one command of the page; return what it prints, as the page shows it."""
        if line == 'echo $?':
            return f'{self.code}\n'
        words = shlex.split(self._real(line))
        if words[:4] == ['python3', '-m', 'lab', 'seed']:
            self._seed(words[4], _projects(words))
            return ''
        if words[:3] == ['openstack', 'project', 'delete']:
            self.sandbox.admin.identity.delete_project(self.sandbox.admin.identity.find_project(words[3]))
            return ''
        if words[0] != 'orphancleanup':
            return ''
        done = subprocess.run(
            [str(PROGRAM), '--config-file', str(self.command.home / 'orphancleanup.conf'), *words[1:]],
            env={**self.command.environment, 'COLUMNS': str(COLUMNS)},
            cwd=self.command.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
        )
        self.code = done.returncode
        return self._shown(done.stdout)

    def _seed(self, scenario: str, projects: tuple[str, ...]) -> None:
        """Begin with all seeds when the first is wanted, because they take long; wait for this one."""
        if not self.seeds:
            pool = ThreadPoolExecutor(len(SEEDS))
            self.seeds = {
                each: pool.submit(SEEDS[each[0]], self.sandbox, each[1]) for each in seeds(PAGE.read_text())
            }
            pool.shutdown(wait=False)
        made = self.seeds[scenario, projects].result()
        for project in self.sandbox.made.values():
            self.ids[project.project_id] = uuid.uuid5(_SPACE, project.name).hex
            for entry in project.made:
                self.ids[entry['id']] = str(uuid.uuid5(_SPACE, f'{entry["kind"]} {entry["name"]}'))
        assert made

    def _real(self, line: str) -> str:
        for real, shown in self.ids.items():
            line = line.replace(shown, real)
        return line

    def _shown(self, text: str) -> str:
        text = text.replace(str(self.command.home / 'state'), '/home/you/.local/state')
        self._know_runs()
        for real, shown in self.ids.items():
            text = text.replace(real, shown)
        text = _ID.sub(lambda found: self._same(found[0]), text)
        for pattern, shown in _OTHERS:
            text = pattern.sub(shown, text)
        # Its output is a file here: a terminal gets it broken in this very way.
        return ''.join(f'{line}\n' for told in text.splitlines() for line in broken(told, COLUMNS))

    def _know_runs(self) -> None:
        """Give every run an id that is always the same, the oldest first."""
        found = (
            sorted(each.name for each in self.command.runs.iterdir()) if self.command.runs.exists() else []
        )
        for number, real in enumerate(found):
            self.ids[real] = f'20261120T1200{number:02}Z-c0de'

    def _same(self, real: str) -> str:
        if real in self.ids.values():
            return real
        made = uuid.uuid5(_SPACE, str(len(self.ids)))
        return self.ids.setdefault(real, str(made) if '-' in real else made.hex)


def _leaks(sandbox: Sandbox, projects: tuple[str, ...]) -> object:
    return sandbox.adopt(leaks.make(sandbox.seeder, Namespace(projects=list(projects), prefix='tempest')))


def _stuck(sandbox: Sandbox, projects: tuple[str, ...]) -> object:
    return sandbox.adopt(stuck.make(sandbox.seeder, Namespace(project=projects[0])))


SEEDS: dict[str, Callable[[Sandbox, tuple[str, ...]], object]] = {'leaks': _leaks, 'stuck': _stuck}


def commands(page: str) -> Iterator[str]:
    """Yield the commands of the page."""
    for line in page.splitlines():
        if line.startswith(_PROMPT):
            yield line.removeprefix(_PROMPT)


def seeds(page: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield scenario and projects of what the page has the lab filled with."""
    for command in commands(page):
        words = command.split()
        if words[:4] == ['python3', '-m', 'lab', 'seed']:
            yield words[4], _projects(words)


def _projects(words: list[str]) -> tuple[str, ...]:
    return tuple(name for option, name in itertools.pairwise(words) if option == '--project')


def retold(page: str, tell: Callable[[str], str]) -> str:
    """Return the page with what its commands print now."""
    text: list[str] = []
    is_output = False
    for line in page.splitlines():
        if line.startswith(_PROMPT):
            text.append(line)
            text += [f'   {told}'.rstrip() for told in tell(line.removeprefix(_PROMPT)).splitlines()]
            is_output = True
        elif not is_output or (line and not line.startswith(' ')):
            if is_output:
                text.append('')
            text.append(line)
            is_output = False
    return '\n'.join(text) + '\n'


def exit_codes(page: str) -> list[str]:
    """Return the exit codes that the page shows."""
    lines = page.splitlines()
    return [after.strip() for line, after in itertools.pairwise(lines) if line == f'{_PROMPT}echo $?']


def compared(page: str) -> list[str]:
    """Return what must be the same in every run: the words, and not how many, how wide and in which order."""
    found: set[str] = set()
    for line in page.splitlines():
        plain = re.sub(r'[\d.]+|-{3,}| {2,}', ' ', _ID.sub('ID', line)).split()
        # A summary is broken where its numbers happen to have it broken.
        found.update([' '.join(plain)] if line.startswith('   |') else plain)
    return sorted(found)


def clear_leftovers(sandbox: Sandbox) -> None:
    """Take away what a tour that was killed has left in its projects."""
    names = [name for _, projects in seeds(PAGE.read_text()) for name in projects]
    found = [name for name in names if sandbox.admin.identity.find_project(name)]
    sandbox.adopt([sandbox.seeder.project(name) for name in found])
    sandbox.clear()
    # That repairs the backend where it was so before, as after a demo.
    sandbox.faults('on')


def tell_all(sandbox: Sandbox, home: Path) -> str:
    """Run the whole tour; return the page as it should be."""
    clear_leftovers(sandbox)
    story = Story(sandbox, Command(sandbox.lab, home))
    return retold(PAGE.read_text(), story.tell)


def main() -> int:
    """Write the page anew."""
    sandbox = Sandbox.open(find_lab())
    os.environ.setdefault('OS_CLIENT_CONFIG_FILE', str(sandbox.lab.clouds_yaml))
    try:
        with TemporaryDirectory() as home:
            PAGE.write_text(tell_all(sandbox, Path(home)))
    finally:
        sandbox.clear()
        sandbox.close()
    return 0


if __name__ == '__main__':
    sys.exit(main())
