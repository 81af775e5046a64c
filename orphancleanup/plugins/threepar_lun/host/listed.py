"""What multipath-tools list: maps with their paths, as far as they tell."""

from dataclasses import dataclass

from orphancleanup.plugins.threepar_lun.hosts import Path

#: the word of multipath-tools for a state that they do not know
UNDEFINED = 'undef'
#: their word for the state of a device that they do not know
UNKNOWN = 'unknown'


@dataclass(frozen=True, slots=True)
class Listed:
    """A map as multipath-tools list it. It may lack paths, and so says nothing about how many there are.

    :param wwid: without the quotes and colours of a terminal, as it was written.
    :param name: the alias, or the WWID again.
    :param device: ``dm-23``; empty when the map has none.
    :param paths: those that were listed; an address is empty where it was not told.
    """

    wwid: str
    name: str
    device: str
    paths: tuple[Path, ...] = ()
