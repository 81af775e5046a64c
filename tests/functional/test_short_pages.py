"""Services that cut every list after two: what is beyond a page is neither gone nor new.

Keystone's ``list_limit`` and ``max_db_limit``, and the most that a page of the others has.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

import pytest

from lab.scenarios import network
from tests.functional import short_pages
from tests.functional.command import Command
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox
from tests.functional.short_pages import LIMIT, LIST_LIMIT, MAX_DB_LIMIT, OTHERS, Short

pytestmark = FUNCTIONAL

Shorten = Callable[..., Command]


@pytest.fixture
def shorten(sandbox: Sandbox, command: Command) -> Iterator[Shorten]:
    """Return what gives the command a cloud of which some services cut their lists; it proves first that they do."""
    with ExitStack() as stack:

        def shortened(*shorts: Short) -> Command:
            folder = command.home / 'short'
            addresses = stack.enter_context(short_pages.running(command.lab, folder, *shorts))
            for each in shorts:
                path, key = each.cut
                answer = sandbox.admin.session.get(addresses[each.api] + path)
                assert len(answer.json()[key]) == LIMIT, each.api
            clouds_yaml = short_pages.clouds_yaml(command.lab, folder, addresses)
            return replace(command, extra={'OS_CLIENT_CONFIG_FILE': str(clouds_yaml)})

        yield shortened


@pytest.fixture
def images(sandbox: Sandbox) -> Iterator[list[str]]:
    """Make more images than a page holds; return their ids."""
    glance = sandbox.admin.image
    made = [glance.post('/images', json={'name': 'page'}).json()['id'] for _ in range(LIMIT + 1)]
    yield made
    for each in made:
        glance.delete(f'/images/{each}')


def leak(sandbox: Sandbox) -> tuple[str, str]:
    """Leave more than a page of most in a living project and in a dead one; return their ids."""
    living, dead = sandbox.project('page-living'), sandbox.project('page-dead')
    for project in (living, dead):
        sandbox.snapshots(project, sandbox.volumes(project, 'page', LIMIT))
        network.network(project, project.name)
        for number in range(LIMIT):
            project.connection.compute.create_server_group(name=f'page-{number}', policies=['affinity'])
    sandbox.kill_project(dead)
    return living.project_id, dead.project_id


def judged(command: Command, *options: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return kind and id to the decision on all that a dry run sees, and the reasons for it."""
    report = command.report('cleanup', '--dry-run', '--orphans', '--preserve-state', code=4)
    assert report['unread'] == []
    return {
        (each['kind'], each['id']): (each['decision'], *sorted(reason['code'] for reason in each['reasons']))
        for each in report['verdicts']
    }


def test_what_is_beyond_a_page_is_neither_gone_nor_new(
    sandbox: Sandbox, images: list[str], command: Command, shorten: Shorten
) -> None:
    assert command.run('cleanup', '--init-saved-state').code == 0
    leak(sandbox)
    whole = judged(command)
    assert {whole['glance-image', each] for each in images} == {('keep',)}
    assert sum('project-missing' in found for found in whole.values()) > LIMIT

    assert judged(shorten(MAX_DB_LIMIT, *OTHERS)) == whole


def test_lists_that_keystone_cuts_at_its_list_limit_are_unread_and_cost_the_living_nothing(
    sandbox: Sandbox, command: Command, shorten: Shorten
) -> None:
    living, dead = leak(sandbox)
    before = sandbox.witness.everything()
    reach = ('--project', living, '--project', dead)

    # Whether a service is absent cannot be told any more, either: so this does not end with 0, and what may be of a
    # cluster of Sahara, if there is one, stays, and with it what that may be made of.
    short = shorten(LIST_LIMIT)
    report = short.report('cleanup', '--orphans', *reach, '--yes-remove', code=4)
    unread = {each['kind'] for each in report['unread']}
    assert 'sahara-cluster' in unread
    assert not unread & {'keystone-project', 'keystone-user', 'cinder-volume', 'neutron-network'}
    assert not report['outcomes']
    assert before <= sandbox.witness.everything()
    kinds = ('--kind', 'keystone-role', '--kind', 'keystone-service')
    report = short.report('cleanup', '--dry-run', '--prefix', 'nothing-is-called-so', *kinds, code=4)
    assert {each['kind'] for each in report['unread']} >= {'keystone-role', 'keystone-service'}
