"""What ``--keep`` says is kept, whatever is in the names."""

import pytest

from orphancleanup.judging.selection import KeepPattern
from orphancleanup.model import Ref, Resource

VOLUME = Resource(Ref('cinder-volume', '5f0c-1'), name='data [prod]')


@pytest.mark.parametrize(
    'pattern', ['data [prod]', 'data [[]prod]', 'data [*', 'data ?prod?', '5f0c-1', '5f0c*', '*']
)
def test_a_name_and_an_id_are_kept_as_they_are_and_by_a_pattern(pattern: str) -> None:
    assert KeepPattern('cinder-volume', pattern).matches(VOLUME)


@pytest.mark.parametrize('pattern', ['data', 'DATA [prod]', '5f0c', 'data [abc]'])
def test_another_name_is_not_kept(pattern: str) -> None:
    assert not KeepPattern('cinder-volume', pattern).matches(VOLUME)


def test_brackets_are_a_class_of_characters_as_well() -> None:
    volumes = [Resource(Ref('cinder-volume', f'v{each}'), name=f'golden-{each}') for each in 'ab']
    assert all(KeepPattern('*', 'golden-[ab]').matches(each) for each in volumes)
