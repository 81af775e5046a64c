"""The compute hosts as the ladder asks them, opened once a run."""

from orphancleanup.api import Cloud
from orphancleanup.plugins.threepar_lun import configured
from orphancleanup.plugins.threepar_lun.host.computes import Computes
from orphancleanup.plugins.threepar_lun.host.program import NAME
from orphancleanup.plugins.threepar_lun.host.ssh import Ssh
from orphancleanup.plugins.threepar_lun.host.ways import Ways
from orphancleanup.plugins.threepar_lun.hosts import HostSide

KEPT = 'compute hosts'


def of(cloud: Cloud) -> HostSide:
    """Return the hosts of a run."""
    return cloud.kept(KEPT, lambda: _opened(cloud))


def _opened(cloud: Cloud) -> Computes:
    options = cloud.options(configured.COMMON).get(configured.COMMON, {})
    return Computes(tuple(options.get('hosts') or ()), Ways(Ssh(options.get('host_command') or NAME)))
