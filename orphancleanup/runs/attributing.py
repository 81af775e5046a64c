"""From what is left behind to the tests that left it."""

import datetime
from collections.abc import Iterable, Mapping

from orphancleanup.judging import attribution
from orphancleanup.judging.attribution import Attribution
from orphancleanup.judging.trials import TestRun
from orphancleanup.model import Project, Resource
from orphancleanup.site import Site


def attribute(
    site: Site, resources: Iterable[Resource], projects: Mapping[str, Project], run: TestRun
) -> Attribution:
    """Tell which test of a run made each resource.

    Times are compared by the clock of this machine, from which that of Keystone may differ: it is to be the one that
    the tests ran on, or one that has the same time.

    :param projects: project id to project, as far as they are known.
    """
    ahead = site.cloud.clock_ahead() or datetime.timedelta()
    return attribution.attribute(resources, projects, run, ahead)
