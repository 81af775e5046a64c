"""A lab on paper: nothing of it exists but an empty folder."""

from pathlib import Path

import pytest

from lab.layout import Lab


@pytest.fixture
def paper_lab(tmp_path: Path) -> Lab:
    """Return a lab that was never up."""
    root = tmp_path / 'lab'
    for name in ('', 'etc', 'log', 'run', 'state'):
        (root / name).mkdir()
    return Lab(root, 1000, 'secret', tmp_path / 'environment')
