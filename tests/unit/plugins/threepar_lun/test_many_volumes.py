"""A cloud with 5,000 volumes on two arrays: what a survey of them asks."""

import math
import time

from orphancleanup.judging.verdict import Decision
from tests.unit.plugins.threepar_lun.world import ORPHANS, World

COUNT, PAGE, LEFT_OVER = 5000, 1000, 10


def test_three_requests_an_array_and_cinder_s_pages(tmp_path, monkeypatch):
    world = World(tmp_path, monkeypatch, ('first', 'second'))
    for number in range(COUNT):
        array = ('first', 'second')[number % 2]
        _, lun = world.volume(array)
        if number % 5 == 0:
            world.export(lun, array=array, has_map=False)
    left_over = {world.lun(array=('first', 'second')[number % 2]) for number in range(LEFT_OVER)}
    begun = time.perf_counter()
    review = world.review(ORPHANS)
    seconds = time.perf_counter() - begun
    found = {each.resource.name for each in review.verdicts if each.decision is Decision.REMOVE}
    assert found == left_over
    for simulator in world.simulators.values():
        asked = [url for _, url in simulator.requests if url != '/api']
        assert sorted(asked) == ['/api/v1/vluns', '/api/v1/volumes', '/api/v1/volumesets']
        assert simulator.sessions.logins == 1
    listings = world.cloud.sent('GET', 'block-storage').count('/volumes/detail')
    # Once for the volumes as a kind, once for what is on the arrays; each time a page more, which shows the end.
    assert listings <= 2 * (math.ceil(COUNT / PAGE) + 1)
    assert seconds < 120
    print(f'{COUNT} volumes on two arrays in {seconds:.1f} s')
