"""The arrays of a run: opened once, read together, and found again by what ids say."""

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass

from orphancleanup.api import Cloud
from orphancleanup.errors import (
    ConfigurationError,
    IncompleteListing,
    NotConfigured,
    ReadOnlyViolation,
    TooLate,
    Unreachable,
)
from orphancleanup.model import Ref
from orphancleanup.plugins.threepar_lun import cinder, configured
from orphancleanup.plugins.threepar_lun.cinder import CinderContents
from orphancleanup.plugins.threepar_lun.inventory import Export, Volume, VolumeSet
from orphancleanup.plugins.threepar_lun.wsapi import Array

LUN, EXPORT, SET = '3par-lun', '3par-vlun', '3par-vvset'
_KEPT = '3PAR arrays'
_ABSENT = 'No 3PAR array is configured.'
#: seconds; a script may make another survey later
_SHARED_FOR = 120.0


@dataclass(frozen=True, slots=True)
class ArrayReading:
    """What one array had, all of it read before Cinder was asked: what Cinder has made meanwhile is not in it."""

    array: Array
    volumes: tuple[Volume, ...]
    exports: tuple[Export, ...]
    sets: tuple[VolumeSet, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What all arrays had, and then Cinder."""

    arrays: tuple[ArrayReading, ...]
    in_cinder: CinderContents


class Arrays:
    """All arrays; while nothing may be changed, their kinds share one reading.

    A listing tells during an apply whether something is gone, so it is always read anew then. In a survey nothing
    changes because of us, and three lists serve all kinds, as long as they are those of this survey.
    """

    def __init__(self, arrays: tuple[Array, ...]) -> None:
        self.arrays = arrays
        self._lock = threading.Lock()
        self._reading: Reading | None = None
        self._taken: set[str] = set()
        self._read_at = 0.0

    def close(self) -> None:
        """Log out from all; a failure is raised when all were tried."""
        with ExitStack() as stack:
            for array in self.arrays:
                stack.callback(array.close)

    def read(self, cloud: Cloud, kind: str) -> Reading:
        """Return what is there; each kind gets a reading once, and none that is older than a survey takes.

        :raises orphancleanup.errors.CloudError: when anything could not be read completely.
        """
        if _may_change(cloud):
            return _read(cloud, self.arrays)
        with self._lock:
            is_old = time.monotonic() - self._read_at > _SHARED_FOR
            if self._reading is None or is_old or kind in self._taken:
                # Its age is that of what was read first.
                self._read_at = time.monotonic()
                self._reading = _read(cloud, self.arrays)
                self._taken.clear()
            self._taken.add(kind)
            return self._reading

    def of(self, ref: Ref) -> tuple[Array, str]:
        """Return the array that an id names, and the name on it.

        :raises Unreachable: when none of that name is configured: nothing is known of it.
        """
        name, _, where = ref.id.rpartition('@')
        for array in self.arrays:
            if array.name == where and name:
                return array, name
        known = ', '.join(each.name for each in self.arrays)
        raise Unreachable(f'{ref} names no configured array ({known}): ids are NAME@ARRAY.')


def of(cloud: Cloud) -> Arrays:
    """Return the arrays of a run, logged in to.

    :raises NotConfigured: when there are none.
    :raises orphancleanup.errors.CloudError: when one of them does not let us in.
    """
    try:
        return cloud.kept(_KEPT, lambda: _opened(cloud))
    except ConfigurationError as error:
        # Nothing is known of what could be on it.
        raise IncompleteListing(str(error)) from error


def ref(kind: str, name: str, array: Array) -> Ref:
    """Return the reference of something on an array: a name is unique on one array only."""
    return Ref(kind, f'{name}@{array.name}')


def _opened(cloud: Cloud) -> Arrays:
    described = configured.arrays(cloud.options(configured.COMMON))
    if not described:
        raise NotConfigured(_ABSENT)
    with ExitStack() as stack:
        opened = []
        for each in described:
            opened.append(Array(each, cloud.require_change))
            stack.callback(opened[-1].close)
        # All are open: they are closed at the end of the run, and not here.
        stack.pop_all()
    return Arrays(tuple(opened))


def _may_change(cloud: Cloud) -> bool:
    try:
        cloud.require_change('Nothing')
    except ReadOnlyViolation:
        return False
    except TooLate:
        pass
    return True


def _read(cloud: Cloud, arrays: tuple[Array, ...]) -> Reading:
    # In this order: what is on an array without an owner then was not made between the two.
    read = tuple(ArrayReading(each, each.volumes(), each.exports(), each.sets()) for each in arrays)
    return Reading(read, cinder.everything(cloud))
