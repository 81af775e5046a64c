"""The networks that a ``tempest.conf`` names are kept with their subnets, as the documentation promises."""

from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.judging.preserved import Preservation
from orphancleanup.judging.selection import Protection, Reach, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Ref
from orphancleanup.tempest import configuration
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT
from tests.unit.leaky import PUBLIC, Leaky, site


@pytest.mark.parametrize(
    ('option', 'word'), [('public_network_id', PUBLIC), ('floating_network_name', 'public')]
)
def test_the_subnets_of_a_network_that_is_named_are_kept(tmp_path: Path, option: str, word: str) -> None:
    leaky = Leaky()
    leaky.neutron.add('subnets', id='inside', network_id=PUBLIC, project_id=ADMIN_PROJECT)
    other = leaky.neutron.add('networks', project_id=ADMIN_PROJECT)['id']
    leaky.neutron.add('subnets', id='outside', network_id=other, project_id=ADMIN_PROJECT)
    conf = tmp_path / 'tempest.conf'
    conf.write_text(f'[network]\n{option} = {word}\n')
    request = Request(
        Selection(everything=True),
        Reach(projects=frozenset({ADMIN_PROJECT})),
        Protection(preservation=Preservation.of(configuration.read(conf))),
    )
    verdicts = {each.resource.ref: each for each in runs.review(site(leaky.cloud), request).verdicts}
    inside, outside = (verdicts[Ref('neutron-subnet', each)] for each in ('inside', 'outside'))
    assert [guard.code for guard in inside.guards] == ['in-tempest-conf']
    assert outside.decision is not Decision.KEEP
