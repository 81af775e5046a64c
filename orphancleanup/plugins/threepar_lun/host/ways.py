"""Which way leads to a host: this very machine is asked without ssh."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orphancleanup.plugins.threepar_lun.host import program
from orphancleanup.plugins.threepar_lun.host.computes import Way
from orphancleanup.plugins.threepar_lun.host.scan import Host
from orphancleanup.plugins.threepar_lun.host.ssh import Ssh


@dataclass(frozen=True, slots=True)
class Here:
    """Asks this machine, in this process."""

    def ask(self, host: str, command: str, question: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """See :meth:`Way.ask`."""
        return program.answer(Host(host), command, question or {})


@dataclass(frozen=True, slots=True)
class Ways:
    """Asks this machine directly, and others through ssh.

    :param here: the name of this machine.
    """

    ssh: Way = field(default_factory=Ssh)
    here: str = field(default_factory=lambda: os.uname().nodename)

    def ask(self, host: str, command: str, question: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """See :meth:`Way.ask`."""
        way = Here() if host == self.here else self.ssh
        return way.ask(host, command, question)
