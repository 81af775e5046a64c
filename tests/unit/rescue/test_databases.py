"""Where a database is: by the settings, or by its service's own file; and what is said when it cannot be used."""

from pathlib import Path

import pytest

from orphancleanup.errors import ConfigurationError, DatabaseRefused
from orphancleanup.rescue.databases import Databases, address_in
from orphancleanup.rescue.undoing import Silent
from orphancleanup.settings import DatabaseSettings

SECRET = 'mysql+pymysql://heat:s3cret@db/heat'


def write(folder: Path, text: str) -> str:
    path = folder / 'heat.conf'
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    'text',
    [
        f'[database]\nconnection = {SECRET}\n',
        f'[database]\nconnection={SECRET}\nmax_retries = -1\n[DEFAULT]\nsql_connection = older\n',
        f'[DEFAULT]\ndebug = True\nsql_connection = {SECRET}\n',
        f'[database]\nsql_connection = "{SECRET}"\n',
        f'[DEFAULT]\nplugin_dirs = a\nplugin_dirs = b\n100% = %(x)s\n[database]\nconnection = {SECRET}\n',
    ],
)
def test_a_services_own_file_tells_where_its_database_is(tmp_path: Path, text: str) -> None:
    assert address_in(write(tmp_path, text)) == SECRET


@pytest.mark.parametrize(
    'text', ['[DEFAULT]\n', '[database]\nconnection =\n', '[database]\nconnection = $other\n']
)
def test_a_file_that_does_not_tell_it_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match='does not tell'):
        address_in(write(tmp_path, text))


def test_a_file_that_cannot_be_read_is_refused_without_a_word_of_what_is_in_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        address_in(write(tmp_path, 's3cret without a group\n'))
    assert 's3cret' not in str(caught.value)
    with pytest.raises(ConfigurationError, match='FileNotFoundError'):
        address_in(str(tmp_path / 'nothing'))


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
