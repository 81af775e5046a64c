"""WWN to WWID and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.plugins.threepar_lun.host import wwid

_digits = st.text('0123456789ABCDEF', min_size=25, max_size=25)
_short_digits = st.text('0123456789ABCDEF', min_size=9, max_size=9)
wwns = _digits.map('60002AC'.__add__) | _short_digits.map('50002AC'.__add__)


def test_sample_of_the_readme_is_translated_both_ways() -> None:
    assert wwid.wwn_of('360002ac00000000000000bef00002de4') == '60002AC00000000000000BEF00002DE4'
    assert wwid.wwid_of('60002AC00000000000000BEF00002DE4') == '360002ac00000000000000bef00002de4'
    assert wwid.wwid_of('50002AC00001383D') == '350002ac00001383d'


@given(wwns)
def test_every_wwn_comes_back(wwn: str) -> None:
    assert wwid.wwn_of(wwid.wwid_of(wwn)) == wwn
    assert wwid.wwid_of(wwn.lower()) == wwid.wwid_of(wwn)
    assert wwid.from_kernel(f'naa.{wwn.lower()}\n') == wwid.wwid_of(wwn)


@given(st.text() | wwns.map(lambda wwn: f'3{wwn.lower()}0') | wwns.map('3'.__add__))
def test_anything_else_is_refused_and_never_raises_another_error(text: str) -> None:
    assert not wwid.is_lun(text)
    for translate in (wwid.wwn_of, wwid.wwid_of):
        if not (translate is wwid.wwid_of and text.upper().startswith(('60002AC', '50002AC'))):
            with pytest.raises(ValueError, match='is no WW'):
                translate(text)


@pytest.mark.parametrize('text', ['36000d31000a1b20000000000000000b1', '2ff70002ac012345', 't10.ATA', ''])
def test_luns_of_other_arrays_are_none(text: str) -> None:
    assert not wwid.is_lun(text)


def test_identifiers_that_are_not_naa_have_no_wwid() -> None:
    assert wwid.from_kernel('eui.0025385b71b0ce1f') == ''
    assert wwid.from_kernel('t10.ATA     disk') == ''
