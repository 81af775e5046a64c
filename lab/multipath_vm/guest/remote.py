"""A real sshd in the guest, through which it asks itself as another host would."""

from pathlib import Path

from lab.multipath_vm.guest.waiting import run

HOST = '127.0.0.1'
#: what is asked for at the other end
PROGRAM = '/run/orphancleanup-host'
_KEYS = Path('/root/.ssh')
_HOST_KEY = Path('/etc/ssh/ssh_host_ed25519_key')
_CONFIGURATION = Path('/etc/ssh/sshd_config')


def start() -> None:
    """Start it, with a key of root's that it lets in."""
    run('ip', 'link', 'set', 'lo', 'up')
    for folder in (_KEYS, _HOST_KEY.parent, Path('/run/sshd')):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755 if folder != _KEYS else 0o700)
    Path('/root').chmod(0o700)
    for key in (_HOST_KEY, _KEYS / 'id_ed25519'):
        run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(key))
    (_KEYS / 'authorized_keys').write_text((_KEYS / 'id_ed25519.pub').read_text())
    _CONFIGURATION.write_text(f'ListenAddress {HOST}\nHostKey {_HOST_KEY}\nUsePAM no\n')
    Path(PROGRAM).write_text(
        '#!/bin/sh\ncd /job && exec python3 -m orphancleanup.plugins.threepar_lun.host.program "$@"\n'
    )
    Path(PROGRAM).chmod(0o755)
    run('/usr/sbin/sshd')


def trust() -> None:
    """Have root know the host's key, as when somebody has looked at it."""
    (_KEYS / 'known_hosts').write_text(f'{HOST} {_HOST_KEY.with_suffix(".pub").read_text()}')
