"""The check for free disk space."""

import shutil
from pathlib import Path

from lab.errors import LabError

NEEDED_BYTES = 3 << 30


def refuse_full(folder: Path, purpose: str) -> None:
    """Refuse to go on where less than 3 GB are free.

    :param folder: where the space is needed; it need not exist yet.
    :param purpose: what for, as the sentence's subject.
    :raises LabError: if there is too little.
    """
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise LabError(
            f'{purpose} needs 3.0 GB in {folder}, where only {free / (1 << 30):.1f} GB are free: '
            'make room or choose another folder.'
        )
