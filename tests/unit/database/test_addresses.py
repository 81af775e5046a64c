"""Where a database is: by the options of the fallbacks, or by its service's own file."""

from pathlib import Path

import pytest

from orphancleanup.database.addresses import GROUP, address_in, configured
from orphancleanup.errors import ConfigurationError
from orphancleanup.testing.fake_cloud import FakeCloud

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


def test_a_handler_is_told_by_the_options_first_and_else_by_the_file(tmp_path: Path) -> None:
    cloud, file = FakeCloud(), write(tmp_path, f'[database]\nconnection = {SECRET}\n')
    assert configured(cloud, 'heat') == ''
    cloud.groups[GROUP] = {'heat_conf': file, 'heat_connection': None}
    assert (configured(cloud, 'heat'), configured(cloud, 'nova')) == (SECRET, '')
    cloud.groups[GROUP] = {'heat_conf': file, 'heat_connection': 'sqlite:///x'}
    assert configured(cloud, 'heat') == 'sqlite:///x'
