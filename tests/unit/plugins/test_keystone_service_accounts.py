"""What the cloud's own services log in with is kept as their users and projects are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Project, Ref
from orphancleanup.outcome import Result
from orphancleanup.plugins.keystone_project.group import Group
from orphancleanup.site import Site
from orphancleanup.storing import plan_file
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.leaky import Leaky, site

Make = Callable[[Leaky, str, str], dict[str, object]]


def _grouped(leaky: Leaky, user: str, project: str) -> dict[str, object]:
    group = leaky.keystone.add_group(leaky.keystone.users.get(user))
    leaky.keystone.assign('role', {'project': {'id': project}}, group=group['id'])
    return group


MAKE: dict[str, Make] = {
    'keystone-application-credential': lambda leaky, user, project: leaky.keystone.add_application_credential(
        user, project_id=project
    ),
    'keystone-credential': lambda leaky, user, project: leaky.keystone.add_credential(
        user, project_id=project
    ),
    'keystone-trust': lambda leaky, user, project: leaky.keystone.add_trust(user, user, project_id=project),
    'keystone-group': _grouped,
}


@pytest.mark.parametrize('kind', MAKE)
@pytest.mark.parametrize(('name', 'decision'), [('service', Decision.KEEP), ('tests', Decision.REMOVE)])
def test_what_is_for_a_project_of_the_services_is_kept(kind: str, name: str, decision: Decision) -> None:
    leaky = Leaky()
    project = leaky.keystone.add_project(name=name)['id']
    leaky.cloud.projects[project] = Project(project, name, 'default')
    user = leaky.keystone.add_user()['id']
    saved = runs.save_state(site(leaky.cloud)).baseline
    made = MAKE[kind](leaky, user, project)['id']
    request = Request(Selection(baseline=saved), Reach(kinds=frozenset({kind})))
    verdicts = runs.review(site(leaky.cloud), request).verdicts
    (verdict,) = [each for each in verdicts if each.resource.id == made]
    assert verdict.decision is decision
    assert [guard.code for guard in verdict.guards] == (['service-project'] if name == 'service' else [])


@pytest.mark.parametrize('kind', sorted(MAKE.keys() - {'keystone-group'}))
def test_what_does_not_tell_its_project_may_be_for_the_services(kind: str) -> None:
    leaky = Leaky()
    user = leaky.keystone.add_user()['id']
    del MAKE[kind](leaky, user, 'tests')['project_id']
    assert kind in runs.survey(site(leaky.cloud), [kind]).incomplete


def test_a_group_that_is_looked_at_alone_is_asked_for_by_its_id() -> None:
    leaky = Leaky()
    user = leaky.keystone.add_user()['id']
    group, other = _grouped(leaky, user, 'p1'), _grouped(leaky, user, 'p2')
    found = Group().look(leaky.cloud, Ref('keystone-group', str(group['id'])))
    assert found is not None
    assert found.serves == {'p1'}
    asked = [each.query for each in leaky.cloud.requests if each.path == '/role_assignments']
    assert asked == [{'group.id': group['id']}]
    listed = {each.id: each.serves for each in Group().discover(leaky.cloud)}
    assert listed == {group['id']: {'p1'}, other['id']: {'p2'}}


@pytest.mark.parametrize(
    ('kind', 'holder'), [('keystone-user', 'user'), ('keystone-group', 'group')], ids=['user', 'group']
)
def test_who_got_a_role_in_another_project_since_the_plan_was_made_is_left_alone(
    kind: str, holder: str, tmp_path: Path
) -> None:
    leaky = Leaky()
    home, project = (leaky.keystone.add_project(name=name)['id'] for name in ('tests', 'service'))
    for name in (home, project):
        leaky.cloud.projects[name] = Project(name, name, 'default')
    user = leaky.keystone.add_user(name='tempest-user')
    made = leaky.keystone.add_group(name='tempest-group') if holder == 'group' else user
    leaky.keystone.assign('role', {'project': {'id': home}}, **{holder: made['id']})
    ours = site(leaky.cloud)
    plan = plan_file.parse(plan_file.dump(_selected(ours, kind)), 'plan')
    leaky.keystone.assign('role', {'project': {'id': project}}, **{holder: made['id']})
    (outcome,) = runs.apply(ours, plan, RunFolder.create(leaky.cloud.clock, tmp_path)).outcomes
    assert (outcome.result, outcome.text) == (Result.CHANGED, f'it is used in project {project} now')


def _selected(ours: Site, kind: str) -> Plan:
    request = Request(Selection(prefixes=('tempest-',)), Reach(kinds=frozenset({kind})))
    plan = runs.review(ours, request).plan
    assert len(plan.entries) == 1
    return plan
