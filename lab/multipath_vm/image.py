"""What the virtual machine boots: a kernel, and a file system in memory. Made once, in the user's cache folder."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.disk import refuse_full
from lab.environment import cache_folder
from lab.errors import LabError
from lab.multipath_vm import archive, debian
from lab.progress import say

HERE = Path(__file__).resolve().parent
#: what is in the guest: udev and multipath-tools as on a compute host, and a Python for the package's own code
GUEST_PACKAGES = (
    'busybox-static', 'dmsetup', 'kmod', 'libpython3-stdlib', 'multipath-tools', 'openssh-client', 'openssh-server',
    'python3-minimal', 'udev',
)  # fmt: skip
EMULATOR_PACKAGES = ('qemu-system-x86', 'seabios')
KERNEL_PACKAGE = 'linux-image-amd64'
MODULES = (
    'sd_mod', 'sg', 'scsi_debug', 'scsi_dh_alua', 'tcm_loop', 'target_core_mod', 'target_core_file', 'dm_multipath',
    'dm_round_robin', 'dm_service_time', 'ext4', 'loop',
)  # fmt: skip
# Nothing reads these in the guest, and every start would unpack them.
_UNREAD = (
    'share/doc', 'share/man', 'share/locale', 'share/bash-completion', 'share/lintian', 'share/info', 'share/perl5',
    'share/zsh', 'lib/udev/hwdb.d', 'lib/systemd/system', 'lib/x86_64-linux-gnu/gconv', 'lib/x86_64-linux-gnu/perl',
    'lib/python3*/test', 'lib/python3*/idlelib', 'lib/python3*/lib2to3', 'lib/python3*/pydoc_data',
    'lib/python3*/distutils', 'lib/python3*/unittest', 'lib/python3*/tkinter', 'lib/python3*/asyncio',
)  # fmt: skip
# Of udev's rules, those about disks and maps; each of the others would be tried for each of them. kpartx would look for
# partitions, of which there are none.
_RULES = frozenset(
    {
        '50-udev-default.rules', '55-dm.rules', '56-dm-mpath.rules', '60-block.rules', '60-multipath.rules',
        '60-persistent-storage-dm.rules', '60-persistent-storage.rules', '95-dm-notify.rules',
    }
)  # fmt: skip
_USERS = 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n'
# Those that udev's own rules name.
_GROUPS = (
    'root', 'tty', 'disk', 'kmem', 'dialout', 'audio', 'video', 'cdrom', 'tape', 'input', 'sgx', 'kvm', 'render', 'lp',
)  # fmt: skip
_COMPLETE = 'complete'


@dataclass(frozen=True, slots=True)
class Image:
    """What the virtual machine boots from.

    :param folder: where it all is.
    """

    folder: Path

    @property
    def emulator(self) -> Path:
        """Where qemu was unpacked."""
        return self.folder / 'emulator'

    @property
    def kernel(self) -> Path:
        """The kernel."""
        return self.folder / 'vmlinuz'

    @property
    def archive(self) -> Path:
        """The file system in memory, without what is tested."""
        return self.folder / 'guest.cpio'


def ensure() -> Image:
    """Return the image; make it unless it is there. One that was left half made is made anew.

    :raises LabError: when a package cannot be fetched, or something fails.
    """
    image = Image(cache_folder() / f'multipath-vm-{_fingerprint()}')
    image.folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(image.folder.with_suffix('.lock')):
        if not (image.folder / _COMPLETE).exists():
            refuse_full(image.folder.parent, 'The virtual machine')
            say(f'making the virtual machine in {image.folder} (half a minute)')
            _make_anew(image)
            (image.folder / _COMPLETE).touch()
    return image


def _make_anew(image: Image) -> None:
    shutil.rmtree(image.folder, ignore_errors=True)
    try:
        _make(image)
    except LabError:
        # What apt knows may be of yesterday, or nothing.
        if os.geteuid() != 0:
            raise
        debian.update()
        shutil.rmtree(image.folder, ignore_errors=True)
        _make(image)


def _fingerprint() -> str:
    """Return what tells one way of making the image from another: all that it is made with."""
    contents = b''.join(path.read_bytes() for path in (HERE / name for name in _SOURCES))
    return hashlib.sha256(contents).hexdigest()[:12]


_SOURCES = ('archive.py', 'debian.py', 'image.py', 'guest/init')


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open('w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(image: Image) -> None:
    guest, kernel = image.folder / 'guest', image.folder / 'kernel'
    debian.unpack(debian.lacking(EMULATOR_PACKAGES), image.emulator)
    debian.unpack(debian.closure(GUEST_PACKAGES), guest)
    debian.unpack([debian.newest(KERNEL_PACKAGE)], kernel)
    _merge(guest)
    _trim(guest)
    _compile(guest)
    _add_modules(guest, kernel)
    _configure(guest)
    (found,) = (kernel / 'boot').glob('vmlinuz-*')
    shutil.copyfile(found, image.kernel)
    archive.write(image.archive, guest)
    for each in (guest, kernel):
        shutil.rmtree(each)


def _merge(guest: Path) -> None:
    """Move what packages still ship in /bin and the like to /usr, as an installation has it."""
    for name in ('bin', 'sbin', 'lib', 'lib64'):
        folder = guest / name
        (guest / 'usr' / name).mkdir(exist_ok=True)
        if folder.is_dir() and not folder.is_symlink():
            shutil.copytree(folder, guest / 'usr' / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(folder)
        if not folder.is_symlink():
            folder.symlink_to(f'usr/{name}')


def _trim(guest: Path) -> None:
    for name in _UNREAD:
        for folder in (guest / 'usr').glob(name):
            shutil.rmtree(folder)


def _add_modules(guest: Path, kernel: Path) -> None:
    (modules,) = (kernel / 'lib/modules').iterdir()
    _kmod(guest, 'depmod', '-b', str(kernel), modules.name)
    needed: set[str] = set()
    for name in MODULES:
        told = _kmod(guest, 'modprobe', '-d', str(kernel), '-S', modules.name, '--show-depends', name)
        needed |= {line.split()[1] for line in told.splitlines() if line.startswith('insmod ')}
    target = guest / 'usr/lib/modules' / modules.name
    for each in sorted(needed):
        place = target / Path(each).relative_to(modules)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(each, place)
    for name in ('modules.builtin', 'modules.builtin.modinfo', 'modules.order'):
        shutil.copyfile(modules / name, target / name)
    _kmod(guest, 'depmod', '-b', str(guest), modules.name)


def _compile(guest: Path) -> None:
    """Compile the guest's library of Python, which would take long in an emulated machine.

    Times are not kept in the archive, so that the compiled files must count without a look at their sources.
    """
    (library,) = (guest / 'usr/lib').glob('python3.*')
    # What a folder of packages for all versions of Python 3 has is not compiled.
    _run(guest, library.name, '-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash', str(library))


def _kmod(guest: Path, name: str, *arguments: str) -> str:
    return _run(guest, 'kmod', *arguments, called=name)


def _run(guest: Path, program: str, *arguments: str, called: str = '') -> str:
    """Run a program of the guest here, with its own libraries: this system need not have it.

    :param called: the name that it is to be called by.
    :returns: what it says.
    :raises LabError: when it fails.
    """
    libraries = guest / 'usr/lib/x86_64-linux-gnu'
    command = [
        str(libraries / 'ld-linux-x86-64.so.2'), '--library-path', str(libraries), '--argv0', called or program,
        str(guest / 'usr/bin' / program), *arguments,
    ]  # fmt: skip
    variables = {'PYTHONHOME': str(guest / 'usr'), 'LC_ALL': 'C'}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f'{called or program} of the virtual machine failed: {done.stderr.strip()[-500:]}')
    return done.stdout


def _configure(guest: Path) -> None:
    for name in ('dev', 'etc', 'job', 'proc', 'root', 'run', 'sys', 'tmp', 'var/lib'):
        (guest / name).mkdir(parents=True, exist_ok=True)
    (guest / 'etc/passwd').write_text(_USERS)
    (guest / 'etc/group').write_text(''.join(f'{name}:x:{number}:\n' for number, name in enumerate(_GROUPS)))
    (guest / 'usr/bin/sh').symlink_to('busybox')
    shutil.copyfile(HERE / 'guest/init', guest / 'init')
    os.chmod(guest / 'init', 0o755)
