"""Projects and users go last, and only when nothing is left of them: the installed command on the lab."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from lab.scenarios import storage
from lab.scenarios.project import Project
from orphancleanup.storing import journal
from tests.functional.command import Command, results, selected, verdict
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL


class Identity:
    """What Keystone has, told by itself."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self._made: list[str] = []

    def has(self, path: str) -> bool:
        answer = self.api.get(path)
        assert answer.status_code in (200, 404), answer.text
        return bool(answer.status_code == 200)

    def make(self, path: str, key: str, **fields: Any) -> str:
        answer = self.api.post(path, json={key: fields})
        assert answer.status_code == 201, answer.text
        self._made.append(f'{path}/{answer.json()[key]["id"]}')
        return str(answer.json()[key]['id'])

    def clear(self) -> None:
        for path in reversed(self._made):
            if path.startswith('/domains'):
                self.api.patch(path, json={'domain': {'enabled': False}})
            self.api.delete(path)


@pytest.fixture
def identity(sandbox: Sandbox) -> Iterator[Identity]:
    made = Identity(sandbox.admin.identity)
    try:
        yield made
    finally:
        made.clear()


def project_ref(project: Project) -> tuple[str, str]:
    return 'keystone-project', project.project_id


def scope(project: Project) -> tuple[str, ...]:
    return ('--everything', '--project', project.name, '--resource', ':'.join(project_ref(project)))


def volume(project: Project, name: str) -> tuple[str, str]:
    made = storage.available(project, storage.volume(project, f'{project.name}-{name}'))
    return 'cinder-volume', made.id


def test_a_project_stays_while_something_is_left_in_it_and_goes_last(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('whole')
    doomed, kept, itself = volume(project, 'data'), volume(project, 'kept'), project_ref(project)
    project.connection.block_storage.set_volume_metadata(kept[1], **{'orphancleanup:keep': 'yes'})
    seen = command.report('cleanup', '--dry-run', *scope(project), code=4)
    assert selected(seen) == {doomed}
    assert kept[1] in str(verdict(seen, *itself)['guards'])
    applied = command.report('cleanup', *scope(project), '--yes-remove', code=(0, 4))
    assert results(applied) == {doomed: 'removed'}
    project.connection.block_storage.delete_volume_metadata(kept[1], ['orphancleanup:keep'])
    again = command.report('cleanup', *scope(project), '--yes-remove', code=0)
    assert results(again) == dict.fromkeys([kept, itself], 'removed')
    steps = [each for each in journal.read(command.last_run() / 'journal.jsonl') if each['event'] == 'intent']
    assert (steps[-1]['kind'], steps[-1]['id']) == itself
    assert project.project_id not in sandbox.witness.records('keystone-project')


def test_what_appears_in_a_project_after_the_plan_keeps_it(sandbox: Sandbox, command: Command) -> None:
    project = sandbox.project('late')
    plan = str(command.home / 'plan.json')
    named = ('--resource', ':'.join(project_ref(project)))
    seen = command.report('cleanup', '--dry-run', *named, '--plan-file', plan, code=4)
    assert selected(seen) == {project_ref(project)}
    late = volume(project, 'late')
    applied = command.report('cleanup', '--plan', plan, '--yes-remove', code=4)
    assert results(applied)[project_ref(project)] != 'removed'
    assert late[1] in str(applied['outcomes'])
    assert project.project_id in sandbox.witness.records('keystone-project')


def test_a_living_project_keeps_what_nobody_asked_for(sandbox: Sandbox, command: Command) -> None:
    project = sandbox.project('living')
    volume(project, 'data')
    seen = command.report('cleanup', '--dry-run', '--orphans', '--project', project.name, code=0)
    assert selected(seen) == frozenset()


def planned(command: Command, saved: str, expected: set[tuple[str, str]]) -> str:
    """Return a plan of what came after a saved state, without what else somebody makes on the same lab meanwhile."""
    plan, keep = str(command.home / 'plan.json'), list[str]()
    for number in range(5):
        seen = command.report(
            'cleanup',
            '--dry-run',
            '--preserve-state',
            saved,
            *keep,
            '--plan-file',
            f'{plan}-{number}',
            code=4,
        )
        others = selected(seen) - expected
        assert selected(seen) >= expected
        if not others:
            return f'{plan}-{number}'
        keep += [option for kind, each in sorted(others) for option in ('--keep', f'{kind}:{each}')]
    raise AssertionError(f'others work on this lab: {others}')


def test_what_came_after_a_saved_state_goes_users_and_domains_included_and_all_else_stays(
    sandbox: Sandbox, command: Command, identity: Identity
) -> None:
    saved = str(command.home / 'saved_state.json')
    before = sandbox.project('before')
    volume(before, 'data')
    assert command.run('cleanup', '--init-saved-state', saved).code == 0
    word = secrets.token_hex(3)
    leaked = sandbox.project(f'tempest-{word}')
    domain = identity.make('/domains', 'domain', name=f'tempest-domain-{word}')
    user = identity.make('/users', 'user', name=f'tempest-user-{word}', domain_id=domain, password='secret')
    inside = identity.make('/projects', 'project', name=f'tempest-inside-{word}', domain_id=domain)
    role = identity.make('/roles', 'role', name=f'tempest-role-{word}')
    region = identity.make('/regions', 'region', id=f'tempest-region-{word}')
    grant = identity.api.put(f'/projects/{inside}/users/{user}/roles/{role}')
    assert grant.status_code == 204, grant.text
    (leaker,) = (
        each['id']
        for each in sandbox.witness.records('keystone-user').values()
        if each['name'] == leaked.name
    )
    quota = {'quota_set': {'volumes': 4}}
    sandbox.admin.block_storage.put(f'/os-quota-sets/{leaked.project_id}', json=quota)
    expected = {
        volume(leaked, 'data'), project_ref(leaked), ('cinder-quota', leaked.project_id), ('keystone-user', leaker),
        ('keystone-domain', domain), ('keystone-user', user), ('keystone-project', inside), ('keystone-role', role),
        ('keystone-region', region),
    }  # fmt: skip
    plan = planned(command, saved, expected)
    applied = command.report('cleanup', '--plan', plan, '--yes-remove', code=0)
    assert results(applied) == dict.fromkeys(expected, 'removed')
    for path in (
        f'/domains/{domain}',
        f'/users/{user}',
        f'/projects/{inside}',
        f'/roles/{role}',
        f'/regions/{region}',
    ):
        assert not identity.has(path)
    assert before.project_id in sandbox.witness.records('keystone-project')


def test_nothing_of_the_clouds_own_is_selected_even_by_its_name(command: Command, identity: Identity) -> None:
    (heat,) = (each['id'] for each in identity.api.get('/domains?name=heat').json()['domains'])
    names = {each['name']: each['id'] for each in identity.api.get('/users').json()['users']}
    roles = {each['name']: each['id'] for each in identity.api.get('/roles').json()['roles']}
    projects = {each['name']: each['id'] for each in identity.api.get('/projects').json()['projects']}
    named = [
        ('keystone-user', names[each]) for each in ('admin', 'nova', 'cinder', 'heat', 'heat_domain_admin')
    ]
    named += [('keystone-role', roles[each]) for each in ('admin', 'member', 'reader', 'service', 'manager')]
    named += [('keystone-domain', each) for each in ('default', heat)]
    named += [('keystone-project', projects[each]) for each in ('admin', 'service')]
    options = [option for kind, each in named for option in ('--resource', f'{kind}:{each}')]
    seen = command.report('cleanup', '--dry-run', *options, code=(0, 4))
    assert not selected(seen) & set(named)
