"""Ids in paths are strangers' words."""

import pytest

from orphancleanup.clouds import paths
from orphancleanup.errors import BadRequest


@pytest.mark.parametrize(
    'path', ['/', '/volumes', '/volumes/detail', '/stacks/a.b-c_d/5f0c', '/a/%2Fb', '/s/..a']
)
def test_a_path_of_a_resource_is_left_as_it_is(path: str) -> None:
    assert paths.checked(path) == path


@pytest.mark.parametrize(
    'path',
    ['', 'volumes', '/volumes/', '//evil', '/volumes//action', '/volumes/../servers', '/volumes/%2e%2E', '/v/.',
     '/volumes/a?force=1', '/volumes/a#b', '/volumes/a b', '/volumes/a\nb', '/volumes/a\\b', 'http://evil/volumes'],
)  # fmt: skip
def test_a_path_that_addresses_something_else_is_refused(path: str) -> None:
    with pytest.raises(BadRequest, match='nothing was sent'):
        paths.checked(path)
