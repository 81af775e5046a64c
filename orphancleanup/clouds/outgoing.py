"""What is sent to a service, and how one makes sure of whom it is sent to. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a service.

    :param address: its endpoint.
    :param target: what follows that, quoted, the query included.
    """

    method: str
    address: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None

    @property
    def url(self) -> str:
        return self.address + self.target


@dataclass(frozen=True, slots=True)
class Security:
    """How one makes sure of a service, and how long one waits for it.

    :param verify: whether its certificate is checked, or what with; see requests.
    :param cert: our own certificate, with its key or without.
    :param timeout: seconds for the connection and for each read; None for the transport's.
    """

    verify: bool | str
    cert: str | tuple[str, str] | None
    timeout: float | None
