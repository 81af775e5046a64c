"""Everything that is tried in the virtual machine, and what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import lab
import orphancleanup
from lab.multipath_vm import image, machine

_PACKAGES: tuple[ModuleType, ...] = (lab, orphancleanup)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario.

    :param failure: the traceback; empty when it went well.
    """

    name: str
    failure: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of all of them.

    :param results: by the name of the scenario, in their order.
    :param console: what the machine printed.
    :param accelerator: ``kvm`` or ``tcg``.
    """

    results: Mapping[str, Result]
    console: str
    accelerator: str


def run() -> Trial:
    """Boot the machine with this very package in it, and return what came of it.

    :raises lab.errors.LabError: when it cannot be made, or does not end.
    """
    contents = {each.__name__: Path(each.__file__ or '').parent for each in _PACKAGES}
    ended = machine.run(image.ensure(), contents)
    found = [Result(**json.loads(line)) for line in ended.results.splitlines()]
    return Trial({each.name: each for each in found}, ended.console, ended.accelerator)
