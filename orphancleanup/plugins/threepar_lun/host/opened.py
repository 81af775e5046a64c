"""The compute hosts as the configuration file names them."""

import os
from collections.abc import Mapping, Sequence

from orphancleanup.api import Options
from orphancleanup.plugins.threepar_lun import configured
from orphancleanup.plugins.threepar_lun.host.computes import Computes
from orphancleanup.plugins.threepar_lun.host.program import NAME
from orphancleanup.plugins.threepar_lun.host.ssh import Ssh
from orphancleanup.plugins.threepar_lun.host.ways import Ways


def computes(
    options: Mapping[str, Options], named: Sequence[str] = (), is_configured: bool = True
) -> Computes:
    """Return the compute hosts to ask; this one when there are none else.

    :param options: of the group ``3par``.
    :param named: by the user.
    :param is_configured: whether those of the configuration file are asked, too.
    """
    found = options.get(configured.COMMON, {})
    hosts = (*named, *(found.get('hosts') or () if is_configured else ()))
    return Computes(hosts or (os.uname().nodename,), Ways(Ssh(found.get('host_command') or NAME)))
