"""The journeys of a lab: up, down and reset."""

import shutil
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from lab import (
    baseline,
    configuration,
    database,
    disk,
    environment,
    health,
    installation,
    layout,
    packages,
    ports,
    processes,
    services,
)
from lab.errors import LabError
from lab.locking import exclusive
from lab.progress import elapsed, say


def up(root: Path, offset: int | None, extras: Iterable[str] = ()) -> layout.Lab:
    """Start a lab, making it first if there is none.

    :param root: the lab's folder.
    :param offset: what is added to all ports, or None for what the lab was made with.
    :param extras: what it has besides from now on.
    :returns: the lab, every service of it answering.
    :raises LabError: in one sentence, when nothing of the lab runs any more.
    """
    ports.check_offset(offset or 0)
    layout.make_folder(root)
    with exclusive(root):
        lab = layout.with_extras(layout.load_or_create(root, offset), extras)
        if all(row.is_up for row in health.rows(lab)):
            say(f'the lab in {root} is already running, and every service answers')
            return lab
        with _torn_down_on_failure(root):
            _prepare(lab)
            _start(lab)
    say(f'the lab is up ({elapsed():.0f} s)')
    return lab


def down(root: Path, remove: bool = False) -> int:
    """Stop a lab, whatever state it is in.

    :param root: the lab's folder.
    :param remove: whether to remove the folder too.
    :returns: how many processes were ended.
    :raises LabError: if another command holds the lab and does not end.
    """
    if not root.exists():
        return processes.stop_all(root)
    if not (root / 'lab.json').exists():
        raise LabError(f'{root} holds no lab.')
    with exclusive(root, interrupt=True):
        count = processes.stop_all(root)
        if remove:
            shutil.rmtree(root)
    return count


def join(root: Path, name: str) -> layout.Lab:
    """Let a running lab have something besides; all else of it goes on undisturbed, whatever comes of it.

    :param root: the lab's folder.
    :param name: in the table of ports.
    :returns: the lab.
    :raises LabError: in one sentence.
    """
    with exclusive(root):
        lab = layout.with_extras(layout.load(root), [name])
        _ensure_extras(lab)
        configuration.write(lab)
        _start_extras(lab)
    return lab


def leave(root: Path, name: str) -> None:
    """Let a running lab be without something that it had besides: nothing of it is left.

    :param root: the lab's folder.
    :param name: in the table of ports.
    :raises LabError: in one sentence.
    """
    with exclusive(root):
        lab = layout.without_extra(layout.load(root), name)
        own = [each for each in processes.find(root) if each.name == name]
        processes.stop(root, own, processes.TERM_GRACE)
        installation.remove_extra(lab, name)
        installation.run_inside(lab, 'extras')


def reset(root: Path, offset: int | None) -> layout.Lab:
    """Bring a lab's content back to what it was after the first ``up``, and start it.

    :param root: the lab's folder.
    :param offset: the port offset it must have, or None.
    :returns: the lab.
    :raises LabError: in one sentence.
    """
    lab = layout.load(root, offset)
    with exclusive(root), _torn_down_on_failure(root):
        say(f'stopping {processes.stop_all(root)} processes')
        baseline.restore(lab)
        _prepare(lab)
        _start(lab)
    say(f'the lab is as it was after its first start ({elapsed():.0f} s)')
    return lab


def _prepare(lab: layout.Lab) -> None:
    ports.refuse_taken(_stopped(lab), lab.offset)
    disk.refuse_full(lab.root, 'The lab')
    packages.ensure(lab.root / 'packages.log')
    variables = services.outer_variables(lab)
    environment.ensure(lab.environment, variables)
    _ensure_extras(lab)
    if not baseline.is_kept(lab):
        # What an interrupted first `up` left cannot be continued: schema changes are not atomic.
        processes.stop_all(lab.root)
        shutil.rmtree(lab.state, ignore_errors=True)
    configuration.write(lab)


def _ensure_extras(lab: layout.Lab) -> None:
    for each in services.extras(lab):
        folder = services.folder(lab, each.packages)
        environment.ensure(folder, services.outer_variables(lab), each.packages)


def _start(lab: layout.Lab) -> None:
    is_first = not baseline.is_kept(lab)
    if not processes.is_alive(lab.root, 'mariadb'):
        database.start(lab)
        say('mariadb is up')
    if is_first:
        installation.install(lab)
    for service in services.SERVICES:
        services.launch(lab, service)
    services.wait(lab, services.SERVICES)
    say('every API answers; waiting for the workers')
    installation.run_inside(lab, 'fixtures')
    if is_first:
        baseline.keep(lab)
        say('kept a copy of the fresh lab for `reset`')
    _start_extras(lab)


def _start_extras(lab: layout.Lab) -> None:
    for service in services.extras(lab):
        if not processes.is_alive(lab.root, service.name):
            installation.install_extra(lab, service.name)
        services.launch(lab, service)
    services.wait(lab, services.extras(lab))
    if lab.extras:
        installation.run_inside(lab, 'extras')
        say(f'besides there is {", ".join(lab.extras)}')


def _stopped(lab: layout.Lab) -> list[str]:
    return [name for name in lab.names if not processes.is_alive(lab.root, name)]


@contextmanager
def _torn_down_on_failure(root: Path) -> Iterator[None]:
    """Stop what was started when the body fails or is interrupted, undisturbed by another Ctrl-C."""
    old = [signal.signal(each, _interrupt) for each in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    except BaseException:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        say('stopping what was started')
        processes.stop_all(root)
        raise
    signal.signal(signal.SIGTERM, old[0])
    signal.signal(signal.SIGHUP, old[1])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
