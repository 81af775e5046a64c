"""The ways in which stacks were seen not to go, on the real Heat: each ends with the stack gone, and is told."""

import dataclasses
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import orchestration, storage
from lab.scenarios.project import Project
from tests.functional import heat_engine
from tests.functional.command import Command, finish, read_report
from tests.functional.heat_engine import Engine, slow
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

BEREAVED = ('project-deleted', 'creator-deleted', 'both-deleted', 'project-disabled', 'creator-disabled')
HANGING, FOREIGN, FAILING, KILLED = 'hanging', 'foreign-port', 'failing-volume', 'engine-killed'
#: seconds after which a deletion counts for one that hangs
DEADLINE = '[kind:heat-stack]\ndeadline = {}\n'
# Heat waits a quarter of a minute for the workers of a dead engine, and then goes on without them.
SHORT, LONG = DEADLINE.format(15), DEADLINE.format(90)


@dataclasses.dataclass
class Estate:
    """Stacks by what is wrong with each.

    :ivar owners: the projects that they are in.
    :ivar port: of somebody else, on the network of one of them.
    """

    sandbox: Sandbox
    owners: dict[str, Project] = dataclasses.field(default_factory=dict)
    stacks: dict[str, Any] = dataclasses.field(default_factory=dict)
    port: str = ''

    @property
    def admin(self) -> Any:
        return self.sandbox.admin

    def ids(self, *wrongs: str) -> list[str]:
        """Return the ids of stacks."""
        return [self.stacks[wrong].id for wrong in wrongs]

    def begin(self, wrong: str, resources: Mapping[str, Any], owner: Project | None = None) -> None:
        """Begin to make a stack, in a project of its own or in one that is there."""
        self.owners[wrong] = owner or self.sandbox.project(wrong)
        name = f'{wrong}-{self.owners[wrong].name}'
        self.stacks[wrong] = orchestration.stack(self.owners[wrong], name, dict(resources))

    def held(self, wrong: str, resource_type: str) -> list[str]:
        """Return the physical ids of what a stack holds, of one type, at all levels."""
        made = self.stacks[wrong]
        path = f'/stacks/{made.name}/{made.id}/resources?nested_depth=5'
        listed = self.admin.orchestration.get(path).json()['resources']
        return [each['physical_resource_id'] for each in listed if each['resource_type'] == resource_type]


def ordinary() -> dict[str, Any]:
    """Return what Heat keeps by itself, a nested stack and a user in Keystone included."""
    word = {'type': 'OS::Heat::RandomString'}
    many = {'type': 'OS::Heat::ResourceGroup', 'properties': {'count': 1, 'resource_def': word}}
    return {'word': word, 'many': many, 'handle': {'type': 'OS::Heat::WaitConditionHandle'}}


@pytest.fixture
def estate(sandbox: Sandbox) -> Iterator[Estate]:
    """Return the stacks; those that did not go are given up afterwards."""
    found = Estate(sandbox)
    try:
        _fill(found)
        yield found
    finally:
        heat = sandbox.admin.orchestration
        for identifier in sandbox.witness.records('heat-stack').keys() & set(found.ids(*found.stacks)):
            heat.delete(f'/stacks/{identifier}/abandon')


def _fill(found: Estate) -> None:
    living = found.sandbox.project('living')
    name = living.name
    parts = {'own': orchestration.volume(name), 'many': orchestration.many_volumes(name, 1)}
    # What hangs was made last: else the rest would be deleted before it.
    found.begin(HANGING, {**parts, 'hangs': slow(-1, depends_on=list(parts))}, living)
    found.begin(FOREIGN, orchestration.network(name), living)
    found.begin(FAILING, {'disk': orchestration.volume(f'faildelete-{name}')}, living)
    with ThreadPoolExecutor(len(BEREAVED)) as pool:
        list(pool.map(lambda wrong: found.begin(wrong, ordinary()), BEREAVED))
    found.begin(KILLED, {'slow': slow(5)})
    for made in found.stacks.values():
        storage.settled(found.admin.orchestration.get_stack, made, 'create_complete')
    _bereave(found)
    _block(found, living)


def _bereave(estate: Estate) -> None:
    """Have projects and creators of stacks be as Heat does not expect them."""
    identity = estate.admin.identity
    users = {wrong: identity.find_user(estate.owners[wrong].username) for wrong in BEREAVED}
    for wrong in ('creator-deleted', 'both-deleted'):
        identity.delete_user(users[wrong])
    for wrong in ('project-deleted', 'both-deleted'):
        estate.sandbox.kill_project(estate.owners[wrong])
    identity.update_project(estate.owners['project-disabled'].project_id, is_enabled=False)
    identity.update_user(users['creator-disabled'], is_enabled=False)


def _block(estate: Estate, project: Project) -> None:
    """Have a deletion failed by a port that is none of the stack's."""
    (net,) = estate.held(FOREIGN, 'OS::Neutron::Net')
    port = {'network_id': net, 'name': f'foreign-{project.name}', 'project_id': project.project_id}
    estate.port = estate.admin.network.create_port(**port).id
    heat, (stack,) = estate.admin.orchestration, estate.ids(FOREIGN)
    heat.delete_stack(stack)
    life.until('a failed deletion', lambda: heat.get_stack(stack).status == 'DELETE_FAILED')


def begin_run(estate: Estate, home: Path) -> Any:
    """Have the engine killed in the middle of a deletion, and begin a run that removes what hangs since then."""
    engine = Engine(estate.sandbox.lab)
    engine.until_deleting(estate.admin, [estate.stacks[KILLED]])
    engine.kill()
    engine.start()
    home.mkdir()
    # A state folder of its own: it would wait for the other run otherwise.
    command = Command(estate.sandbox.lab, home, configuration=LONG)
    scope = ('--project', estate.owners[KILLED].project_id, '--namespace', 'heat-stack')
    kept = ('--report-file', str(home / 'report.json'))
    return command.start('cleanup', '--stuck', '1s', *scope, *kept, '--yes-remove')


def run(estate: Estate, command: Command) -> dict[str, dict[str, Any]]:
    """Remove all others; return the outcomes by id."""
    refs = [f'heat-stack:{each}' for wrong in estate.stacks if wrong != KILLED for each in estate.ids(wrong)]
    refs += [f'cinder-volume:{each}' for each in estate.held(HANGING, 'OS::Cinder::Volume')]
    named = [word for each in (*refs, f'neutron-port:{estate.port}') for word in ('--resource', each)]
    return outcomes(command.report('cleanup', *named, '--force', '--yes-remove', code=4))


def outcomes(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {each['id']: each for each in report['outcomes']}


def test_each_ends_gone_and_its_report_tells_how(the_lab: Lab, estate: Estate, command: Command) -> None:
    command = dataclasses.replace(command, configuration=SHORT)
    disks, (broken,) = (estate.held(wrong, 'OS::Cinder::Volume') for wrong in (HANGING, FAILING))
    killed_run = begin_run(estate, command.home / 'killed')
    told = run(estate, command)
    done = finish(killed_run)
    assert done.code == 0, done
    told |= outcomes(read_report(command.home / 'killed' / 'report.json'))

    found = {wrong: told[made.id] for wrong, made in estate.stacks.items()}
    assert {each['result'] for each in found.values()} == {'removed'}
    steps = {wrong: tuple(dict.fromkeys(each['steps'])) for wrong, each in found.items()}
    assert steps == {
        **dict.fromkeys(found, ('delete',)),
        'creator-disabled': ('delete', 'delete-trust'),
        HANGING: ('delete', 'abandon'),
        FAILING: ('delete', 'abandon'),
    }
    said = {wrong: str(each['evidence']) for wrong, each in found.items()}
    assert 'Forbidden' in said['creator-disabled']
    assert 'it is still DELETE_IN_PROGRESS after' in said[HANGING]
    assert 'its status is DELETE_FAILED' in said[FAILING]
    # What the abandoned stacks have left behind: the same run removed what it could, and names the rest.
    assert 'left behind, of types that no handler knows' in found[HANGING]['text']
    assert {each: told[each]['result'] for each in (*disks, broken, estate.port)} == {
        **dict.fromkeys((*disks, estate.port), 'removed'),
        broken: 'not-removed',
    }
    assert {(path.name, path.stat().st_mode & 0o777) for path in command.last_run().glob('kept-*')} == {
        (f'kept-abandoned-{each}.json', 0o600) for each in estate.ids(HANGING, FAILING)
    }
    require_as_if_never(the_lab, estate)


def require_as_if_never(lab: Lab, estate: Estate) -> None:
    """Return when nothing of the stacks is left, their names are free, and Heat has nothing to complain about."""
    before = Engine(lab).tracebacks()
    gone = {made.id for made in estate.stacks.values()}
    assert not gone & heat_engine.listed(lab)
    word = {'word': {'type': 'OS::Heat::RandomString'}}
    again = [
        orchestration.stack(estate.owners[wrong], estate.stacks[wrong].name, word)
        for wrong in (HANGING, FOREIGN, FAILING, KILLED)
    ]
    for made in again:
        storage.settled(estate.admin.orchestration.get_stack, made, 'create_complete')
    assert not gone & {made.id for made in again}
    heat_engine.purge_deleted(lab)
    assert heat_engine.rows_of(lab, gone) == 0
    assert Engine(lab).tracebacks() == before
