"""``python -m lab.inside.extras DIR``: put into the catalogue what this lab has besides, unless it is there."""

import sys
from pathlib import Path

from lab import layout
from lab.inside import catalog, cloud

TYPES = {'contrail': 'contrail'}

if __name__ == '__main__':
    found = layout.load(Path(sys.argv[1]))
    identity = cloud.admin(found.clouds_yaml).identity
    known = {each.type for each in identity.services()}
    for name in found.extras:
        if TYPES[name] not in known:
            catalog.publish(identity, name, TYPES[name], found.endpoint(name))
