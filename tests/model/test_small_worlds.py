"""Whatever happens in a small world: the run ends, tells the truth, and harms nothing that must stay.

Every way in which up to four resources hang together, four without projects; in each, every thing that can happen at
every moment, up to so many unusual things in one run. ``--model-bound 1`` adds one to each of these numbers, which
takes hours for all sizes; ``-k "of_2"`` chooses a size.
"""

import dataclasses
from collections.abc import Iterator

import pytest

from tests.model import running, worlds
from tests.model.choices import Choices, Script, explore
from tests.model.worlds import World

#: number of resources to how many unusual things may happen in one run
BOUNDS = {1: 2, 2: 1, 3: 1, 4: 0}
#: so that several processes share the worlds of a size
PARTS = 4


def variants(size: int) -> Iterator[World]:
    """Yield all worlds of a size: for a reason that lasts and for one that may pass, with and without force.

    With projects there is more to read, so that more can happen, and of three there are many more than of two: they
    are tried in half of the ways.
    """
    for shape in worlds.shapes(size):
        is_large = size == 3 or shape.contains or shape.has_project
        for reason in ('everything', 'stuck'):
            for is_forced in (False, True):
                if not is_large or is_forced == (reason == 'stuck'):
                    yield dataclasses.replace(shape, reason=reason, is_forced=is_forced)
        if size < 3 and not is_large:
            # What its service says is gone needs one reading only; that it does not say, two.
            yield dataclasses.replace(shape, is_forced=True, is_at_once=True)


@pytest.mark.parametrize('part', range(PARTS))
@pytest.mark.parametrize('size', BOUNDS, ids=lambda size: f'of_{size}')
def test_nothing_that_happens_in_a_small_world_makes_a_run_harm_lie_or_not_end(
    size: int, part: int, request: pytest.FixtureRequest
) -> None:
    bound = BOUNDS[size] + request.config.getoption('--model-bound')
    known = list(variants(size))[part::PARTS]
    runs = 0
    for world in known:

        def run(choices: Choices, world: World = world) -> None:
            found = running.problems(world, choices)
            assert not found, f'{world}\nwhat happened: {choices.unusual}\n' + '\n'.join(found)

        runs += sum(1 for _ in explore(run, bound))
    assert runs >= len(known) > 0


@pytest.mark.parametrize(
    'world',
    [
        World(1, has_project=True),
        World(2, owns=((0, 1),), reason='stuck', is_forced=True),
        World(3, owns=((0, 1),), contains=((2, 0),), is_forced=True),
    ],
    ids=['a project', 'an owner', 'an owner in a project'],
)
def test_a_run_that_goes_on_from_another_one_is_as_if_it_had_begun_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _all_that_happens(world)
    monkeypatch.setattr(Choices, 'mark', lambda *_: None)
    assert found == _all_that_happens(world)


def _all_that_happens(world: World) -> dict[Script, tuple[object, ...]]:
    """Return each script of one unusual thing, with all that is to be seen of its run."""
    seen = []

    def run(choices: Choices) -> None:
        cloud, outcomes = running.run(world, choices)
        seen.append(
            (cloud.history, cloud.written, cloud.things, cloud.clock.seconds, choices.unusual, outcomes)
        )

    return dict(zip(explore(run, 1), seen, strict=False))


def test_all_shapes_of_two_are_tried() -> None:
    found = {(shape.waits, shape.owns, shape.contains) for shape in worlds.shapes(2)}
    pair = ((0, 1),)
    assert found == {((), (), ()), (pair, (), ()), ((), pair, ()), ((), (), pair)}


def test_the_explorer_tries_each_unusual_thing_at_each_place_once() -> None:
    seen = []

    def run(choices: Choices) -> None:
        seen.append((choices.choose('ab'), choices.choose('xyz')))

    scripts = list(explore(run, 2))
    assert len(scripts) == len(set(scripts)) == len(seen)
    assert set(seen) == {(one, other) for one in 'ab' for other in 'xyz'}
