"""The virtual machine itself: it boots, runs one thing, tells what came of it, and is gone."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.multipath_vm import archive
from lab.multipath_vm.image import Image
from lab.progress import say

_MEMORY = 1024
# It counts by the times of its sources, which an archive does not keep.
_COMPILED = '__pycache__'
_LIBRARIES = ('usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu/pulseaudio')
_DATA = ('usr/share/qemu', 'usr/share/seabios', 'usr/lib/ipxe/qemu')
_KERNEL_WORDS = 'console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off random.trust_cpu=on'
_ACCELERATORS = {'kvm': 'kvm', 'tcg': 'tcg,thread=multi'}
#: emulated in software, everything takes ten times as long
SECONDS = {'kvm': 300.0, 'tcg': 1800.0}


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run of the machine left.

    :param results: what the guest told on its second line.
    :param console: what it printed.
    :param accelerator: ``kvm`` or ``tcg``.
    """

    results: str
    console: str
    accelerator: str


def accelerator() -> str:
    """Return ``kvm`` where the processor does it, else ``tcg``, which is emulation in software.

    The device alone does not tell: KVM for guests with a kernel of their own (PVM) boots no distribution's.
    """
    named = os.environ.get('MULTIPATH_VM_ACCELERATOR')
    if named:
        return named
    is_whole = any(Path('/sys/module', name).exists() for name in ('kvm_intel', 'kvm_amd'))
    return 'kvm' if is_whole and os.access('/dev/kvm', os.R_OK | os.W_OK) else 'tcg'


def run(image: Image, contents: Mapping[str, Path]) -> Ended:
    """Boot the machine, and wait until it is off; when hardware does not do it after all, in software.

    :param contents: place below ``/job`` to the folder that goes there.
    :raises LabError: when it does not start, or does not end in time.
    """
    kind = accelerator()
    try:
        return _run(image, contents, kind)
    except LabError as error:
        if kind == 'tcg':
            raise
        say(f'the virtual machine is emulated in software: {error}')
        return _run(image, contents, 'tcg')


def _run(image: Image, contents: Mapping[str, Path], kind: str) -> Ended:
    with tempfile.TemporaryDirectory(prefix='multipath-vm-') as name:
        folder = Path(name)
        disk = _disk(image, contents, folder)
        results = folder / 'results'
        results.touch()
        console = _boot(_command(image, disk, results, kind), image, SECONDS[kind])
        return Ended(results.read_text(errors='replace'), console, kind)


def _disk(image: Image, contents: Mapping[str, Path], folder: Path) -> Path:
    """Write the file system in memory, with what is to be run appended."""
    disk = folder / 'disk.cpio'
    with disk.open('wb') as file:
        parts = [image.archive]
        for number, (place, source) in enumerate(contents.items()):
            parts.append(folder / f'{number}.cpio')
            archive.write(parts[-1], source, f'job/{place}', without=_COMPILED)
        for part in parts:
            with part.open('rb') as content:
                shutil.copyfileobj(content, file)
    return disk


def _command(image: Image, disk: Path, results: Path, kind: str) -> list[str]:
    places = [argument for name in _DATA for argument in ('-L', str(image.emulator / name))]
    return [
        str(image.emulator / 'usr/bin/qemu-system-x86_64'), *places,
        '-machine', 'q35', '-accel', _ACCELERATORS[kind], '-cpu', 'host' if kind == 'kvm' else 'max', '-smp', '2',
        '-m', str(_MEMORY), '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-nic', 'none',
        '-monitor', 'none', '-kernel', str(image.kernel), '-initrd', str(disk), '-append', _KERNEL_WORDS,
        '-serial', 'stdio', '-serial', f'file:{results}',
    ]  # fmt: skip


def _boot(command: Sequence[str], image: Image, seconds: float) -> str:
    libraries = os.pathsep.join(str(image.emulator / name) for name in _LIBRARIES)
    try:
        done = subprocess.run(
            command, env={**os.environ, 'LD_LIBRARY_PATH': libraries}, timeout=seconds, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        told = (error.stdout or b'').decode(errors='replace')
        raise LabError(
            f'The virtual machine was not done after {seconds:g} s; its last words:\n{told[-3000:]}'
        ) from None
    except OSError as error:
        raise LabError(f'The virtual machine cannot be started: {error}; remove {image.folder}.') from error
    told = done.stdout.decode(errors='replace')
    if done.returncode:
        raise LabError(f'The virtual machine ended with code {done.returncode}: {told[-3000:]}')
    return told
