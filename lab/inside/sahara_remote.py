"""How Sahara reaches its instances: not at all. Every command succeeds, and files are kept in memory.

An entry point of the group ``sahara.remote``; see ``sahara/utils/remote.py``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sahara.utils import remote


class Driver(remote.RemoteDriver):
    """The driver, which keeps the files of each instance."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, str]] = {}

    def setup_remote(self, engine: Any) -> None:
        """Begin."""

    def get_remote(self, instance: Any) -> 'Instance':
        """Return an instance."""
        return Instance(self._files.setdefault(str(instance.id), {}))

    def get_userdata_template(self) -> str:
        """Return what an instance is made with."""
        return ''

    def get_type_and_version(self) -> str:
        """Return the name of the driver."""
        return 'lab.1.0'


class Instance(remote.Remote):
    """An instance that obeys."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def __enter__(self) -> 'Instance':
        return self

    def __exit__(self, *_: object) -> None:
        """End a connection."""

    @contextmanager
    def get_http_client(self, port: int, info: Any = None) -> Iterator[None]:
        """Return no client."""
        yield None

    def get_neutron_info(self, instance: Any = None) -> None:
        """Return nothing."""

    def close_http_session(self, port: int) -> None:
        """End a session."""

    def get_os_distrib(self) -> str:
        """Return the name of a distribution."""
        return 'ubuntu'

    def get_os_version(self) -> str:
        """Return the version of it."""
        return '22.04'

    def execute_command(
        self, cmd: str, run_as_root: bool = False, get_stderr: bool = False, raise_when_error: bool = True,
        timeout: int = 300,
    ) -> tuple[Any, ...]:  # fmt: skip
        """Succeed."""
        return (0, '', '') if get_stderr else (0, '')

    def write_file_to(
        self, remote_file: str, data: str, run_as_root: bool = False, timeout: int = 120
    ) -> None:
        """Keep a file."""
        self._files[remote_file] = data

    def append_to_file(self, r_file: str, data: str, run_as_root: bool = False, timeout: int = 120) -> None:
        """Keep more of a file."""
        self._files[r_file] = self._files.get(r_file, '') + data

    def prepend_to_file(self, r_file: str, data: str, run_as_root: bool = False, timeout: int = 120) -> None:
        """Keep a file with something before it."""
        self._files[r_file] = data + self._files.get(r_file, '')

    def write_files_to(self, files: Mapping[str, str], run_as_root: bool = False, timeout: int = 120) -> None:
        """Keep files."""
        self._files.update(files)

    def append_to_files(
        self, files: Mapping[str, str], run_as_root: bool = False, timeout: int = 120
    ) -> None:
        """Keep more of files."""
        for name, data in files.items():
            self.append_to_file(name, data)

    def read_file_from(self, remote_file: str, run_as_root: bool = False, timeout: int = 120) -> str:
        """Return a file."""
        return self._files.get(remote_file, '')

    def replace_remote_string(self, remote_file: str, old_str: str, new_str: str, timeout: int = 120) -> None:
        """Change a file."""
        self._files[remote_file] = self._files.get(remote_file, '').replace(old_str, new_str)
