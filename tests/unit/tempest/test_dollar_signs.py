"""A dollar sign in a ``tempest.conf`` is a reference, and one that leads nowhere is told in a sentence."""

from pathlib import Path

import pytest

from orphancleanup.errors import ConfigurationError
from orphancleanup.tempest import configuration


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('test_accounts_file', '$HOME/accounts.yaml'),
        ('tempest_roles', '$nothing,b'),
        ('admin_username', '$nothing'),
    ],
)
def test_a_reference_that_leads_nowhere_names_the_option(tmp_path: Path, name: str, value: str) -> None:
    conf = tmp_path / 'tempest.conf'
    conf.write_text(f'[auth]\n{name} = {value}\n')
    with pytest.raises(ConfigurationError, match=rf'option {name}: .*a dollar sign is written twice'):
        configuration.read(conf)
