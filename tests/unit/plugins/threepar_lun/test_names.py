"""Names on the array: what the driver wrote is read back, and nothing else is."""

import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.plugins.threepar_lun import names
from orphancleanup.plugins.threepar_lun.names import Name, Role

# Pairs of Cinder's own unit tests, and one that its docstring has wrong.
KNOWN = {
    'd03338a9-9115-48a3-8dfc-35cdfcdc15a7': 'osv-0DM4qZEVSKON-DXN-NwVpw',
    '2f823bdc-e36e-4dc8-bd15-de1c7a28ff31': 'oss-L4I73ONuTci9Fd4ceij-MQ',
    'ecffc30f-98cb-4cf5-85ee-d7309cc17cd2': 'osv-7P-DD5jLTPWF7tcwnMF80g',
}
ALPHABET = string.ascii_letters + string.digits + '.-'


@pytest.mark.parametrize(('identifier', 'name'), KNOWN.items())
def test_names_are_those_of_the_driver(identifier: str, name: str) -> None:
    role = Role(name[:3])
    assert names.encode(role, identifier) == name
    assert names.decode(name) == Name(role, identifier)


@given(st.sampled_from(Role), st.uuids())
def test_what_was_written_is_read_back(role: Role, identifier: uuid.UUID) -> None:
    name = names.encode(role, str(identifier))
    assert len(name) == 26
    assert names.decode(name) == Name(role, str(identifier))
    assert names.encode(role, identifier.hex.upper()) == name


@given(st.sampled_from(Role), st.text(ALPHABET, min_size=22, max_size=22))
def test_of_sixteen_spellings_of_a_uuid_only_the_driver_s_own_counts(role: Role, text: str) -> None:
    name = f'{role}-{text}'
    decoded = names.decode(name)
    assert (decoded is not None) == (text[-1] in 'AQgw')
    assert decoded is None or str(decoded) == name


@given(
    st.one_of(
        st.text(),
        st.from_regex(r'(osv|vvs|rcg|tos)-[A-Za-z0-9.-]{0,30}'),
        st.none(),
        st.integers(),
        st.binary(),
    )
)
def test_whatever_is_no_name_of_the_driver_is_nobody_s(name: object) -> None:
    decoded = names.decode(name)
    assert decoded is None or str(decoded) == name


@pytest.mark.parametrize(
    'name',
    [
        'OSV-0DM4qZEVSKON-DXN-NwVpw', 'osv-0DM4qZEVSKON-DXN-NwVpx', 'osv-0DM4qZEVSKON-DXN-NwVpw\n',
        'rcg-0DM4qZEVSKON-DXN-Nw', 'tos-0DM4qZEVSKON-DXN-NwVpw', 'osv-0DM4qZEVSKON+DXN+NwVpw', 'backup.srdata',
    ],
)  # fmt: skip
def test_a_name_that_is_nearly_one_is_none(name: str) -> None:
    assert names.decode(name) is None
