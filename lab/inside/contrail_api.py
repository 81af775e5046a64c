"""``python -m lab.inside.contrail_api PORT DIR``: the simulator of Contrail's API server, as a lab has it."""

import os
import sys
from pathlib import Path

from lab import layout
from lab.contrail.__main__ import PASSWORD, main

#: as vnc_openstack's ``keystone_resync_interval_secs``
RESYNC_SECONDS = 60

if __name__ == '__main__':
    port, found = sys.argv[1], layout.load(Path(sys.argv[2]))
    os.environ[PASSWORD] = found.password
    state = found.state / 'contrail.json'
    sys.exit(
        main(
            [
                f'--port={port}',
                f'--keystone={found.endpoint("keystone")}',
                f'--state={state}',
                f'--resync={RESYNC_SECONDS}',
            ]
        )
    )
