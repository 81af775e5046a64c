"""Which database is whose, and what is said when it cannot be used."""

from pathlib import Path

import pytest

from orphancleanup.database.silent import Silent
from orphancleanup.errors import ConfigurationError, DatabaseRefused
from orphancleanup.rescue.databases import Databases
from orphancleanup.settings import DatabaseSettings

SECRET = 'mysql+pymysql://heat:s3cret@db/heat'


@pytest.mark.parametrize(
    'address', ['s3cret', 'postgresql://u:s3cret@h/heat', 'mysql+pymysql://u:s3cret@h:port/heat']
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Databases(DatabaseSettings({'heat': address})).get('heat')
    assert 's3cret' not in str(caught.value)


def test_the_driver_is_ours_whatever_the_services_is() -> None:
    found = Databases(
        DatabaseSettings({'heat': 'mysql://u:s3cret@h/heat?charset=utf8&plugin=dbcounter'})
    ).get('heat')
    assert found.shown == 'mysql+pymysql://u:***@h/heat?charset=utf8'
    assert (found.schema, found.account) == ('heat', 'u')


def test_the_settings_do_not_show_what_is_secret() -> None:
    assert 's3cret' not in repr(DatabaseSettings({'heat': SECRET}))


def test_a_file_of_sqlite_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    database = Databases(DatabaseSettings({'heat': f'sqlite:///{tmp_path}/nothing'})).get('heat')
    with pytest.raises(DatabaseRefused, match='there is no file'), database.transaction({}, Silent()):
        pass
    assert not list(tmp_path.iterdir())
