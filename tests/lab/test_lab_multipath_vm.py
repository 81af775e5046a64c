"""The making of the virtual machine: which packages, and the archive that it boots from."""

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.multipath_vm import archive, debian, image, machine

_TOLD = {
    'multipath-tools': 'Depends: libc6\n |Depends: udev\n  Depends: eudev\n  Depends: debconf\n  Depends: <virtual>\n',
    'udev': ' PreDepends: libc6\n',
}


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer as apt does."""

    def output(*command: str, folder: Path | None = None) -> str:
        return ''.join(_TOLD.get(name, '') for name in command if not name.startswith('-'))

    monkeypatch.setattr(debian, '_output', output)


@pytest.mark.usefixtures('apt')
def test_packages_come_with_the_first_of_what_they_depend_on_and_without_installers() -> None:
    assert debian.closure(['multipath-tools']) == ['libc6', 'multipath-tools', 'udev']


def test_command_that_fails_is_said_with_its_complaint() -> None:
    with pytest.raises(LabError, match='sh -c failed: oh'):
        debian._output('sh', '-c', 'echo oh >&2; exit 3')
    with pytest.raises(LabError, match='needs Debian'):
        debian._output('no-such-program')


def test_archive_is_what_cpio_reads(tmp_path: Path) -> None:
    folder = tmp_path / 'folder'
    (folder / 'a/__pycache__').mkdir(parents=True)
    (folder / 'a/file').write_bytes(b'content')
    (folder / 'a/link').symlink_to('file')
    (folder / 'a/__pycache__/x').touch()
    archive.write(tmp_path / 'one', folder, 'job/x', without='__pycache__')
    content = (tmp_path / 'one').read_bytes()
    assert len(content) % 512 == 0
    for name in (b'job', b'job/x', b'job/x/a', b'job/x/a/file', b'job/x/a/link'):
        assert name + b'\0' in content
    assert b'__pycache__' not in content
    assert content.startswith(b'070701')
    assert b'TRAILER!!!' in content


def test_accelerator_is_hardware_only_where_a_whole_kvm_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('MULTIPATH_VM_ACCELERATOR', raising=False)
    monkeypatch.setattr(machine.os, 'access', lambda *_: True)
    monkeypatch.setattr(Path, 'exists', lambda path: path.name == 'kvm_pvm')
    assert machine.accelerator() == 'tcg'
    monkeypatch.setattr(Path, 'exists', lambda path: path.name == 'kvm_intel')
    assert machine.accelerator() == 'kvm'
    monkeypatch.setenv('MULTIPATH_VM_ACCELERATOR', 'tcg')
    assert machine.accelerator() == 'tcg'


def test_lists_of_yesterday_are_read_anew_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[str] = []

    def make(_: image.Image) -> None:
        calls.append('make')
        if calls == ['make']:
            raise LabError('404')

    monkeypatch.setattr(image, '_make', make)
    monkeypatch.setattr(image.debian, 'update', lambda: calls.append('update'))
    monkeypatch.setattr(image.os, 'geteuid', lambda: 0)
    image._make_anew(image.Image(tmp_path / 'image'))
    assert calls == ['make', 'update', 'make']
    calls.clear()
    monkeypatch.setattr(image.os, 'geteuid', lambda: 1000)
    with pytest.raises(LabError, match='404'):
        image._make_anew(image.Image(tmp_path / 'image'))


def test_hardware_that_does_not_boot_it_is_done_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kinds: list[str] = []

    def run(_image: image.Image, _contents: object, kind: str) -> machine.Ended:
        kinds.append(kind)
        if kind == 'kvm':
            raise LabError('failed to set MSR')
        return machine.Ended('', '', kind)

    monkeypatch.setattr(machine, '_run', run)
    monkeypatch.setenv('MULTIPATH_VM_ACCELERATOR', 'kvm')
    assert machine.run(image.Image(tmp_path), {}).accelerator == 'tcg'
    assert kinds == ['kvm', 'tcg']
