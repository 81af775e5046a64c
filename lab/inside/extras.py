"""``python -m lab.inside.extras DIR``: let the catalogue have what this lab has besides, and nothing that it had."""

import sys
from pathlib import Path
from typing import Any

from lab import layout
from lab.inside import catalog, cloud

TYPES = {'contrail': 'contrail', 'sahara': 'data-processing'}


def settle(identity: Any, lab: layout.Lab) -> None:
    """Publish what is missing, and withdraw what is not there any more."""
    known = {each.type: each for each in identity.services()}
    for name, kind in TYPES.items():
        if name in lab.extras and kind not in known:
            catalog.publish(identity, name, kind, lab.endpoint(name))
        elif name not in lab.extras and kind in known:
            identity.delete_service(known[kind])


if __name__ == '__main__':
    found = layout.load(Path(sys.argv[1]))
    settle(cloud.admin(found.clouds_yaml).identity, found)
