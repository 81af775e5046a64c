"""What was made anew under the same id since the plan was made is left alone, where no time of creation tells it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Project, Ref
from orphancleanup.outcome import Result
from orphancleanup.storing import plan_file
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.leaky import Leaky, site
from tests.unit.plugins.test_cinder_types import DEFAULT

Change = Callable[[], object]


def _keypair(leaky: Leaky, project: str) -> tuple[Ref, Change]:
    user = leaky.keystone.add_user()['id']
    pair = leaky.keypairs.add(user, 'key')
    return Ref('nova-keypair', f'{user}/key'), lambda: pair.update(fingerprint='bb')


def _nova_quota(leaky: Leaky, project: str) -> tuple[Ref, Change]:
    quota = leaky.quotas.add(project, cores=50)
    return Ref('nova-quota', project), lambda: quota.update(cores=100)


def _neutron_quota(leaky: Leaky, project: str) -> tuple[Ref, Change]:
    quota = leaky.neutron.add('quotas', id=project, project_id=project, network=5)
    return Ref('neutron-quota', project), lambda: quota.update(network=50)


def _cinder_quota(leaky: Leaky, project: str) -> tuple[Ref, Change]:
    sets = leaky.cloud.collection('block-storage', '/os-quota-sets', 'quota_sets')
    quota = sets.add(**{'id': project, **DEFAULT, 'volumes': 20})
    return Ref('cinder-quota', project), lambda: quota.update(volumes=40)


MAKE = {each.__name__: each for each in (_keypair, _nova_quota, _neutron_quota, _cinder_quota)}


@pytest.mark.parametrize('make', MAKE.values(), ids=MAKE)
@pytest.mark.parametrize('is_changed', [True, False])
@pytest.mark.parametrize('is_kept', [True, False])
def test_a_plan_leaves_alone_what_was_set_anew_since(
    make: Callable[[Leaky, str], tuple[Ref, Change]], is_changed: bool, is_kept: bool, tmp_path: Path
) -> None:
    leaky = Leaky()
    project = leaky.keystone.add_project()['id']
    leaky.cloud.projects[project] = Project(project, 'tests', 'default')
    ref, change = make(leaky, project)
    ours = site(leaky.cloud)
    plan = runs.review(ours, Request(Selection(refs=frozenset({ref})))).plan
    if is_kept:
        (tmp_path / 'plan.json').write_text(plan_file.dump(plan))
        plan = plan_file.read(tmp_path / 'plan.json')
    if is_changed:
        change()
    (outcome,) = runs.apply(ours, plan, RunFolder.create(leaky.cloud.clock)).outcomes
    if is_changed:
        assert (outcome.result, outcome.text) == (Result.CHANGED, 'it was made or set anew')
    else:
        assert outcome.result is Result.REMOVED
