"""Documents with rows are written, and sealed, as if all of them had been there at once."""

import json

from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.storing import documents
from orphancleanup.storing.documents import Rows

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def with_rows(document):
    return {
        name: Rows(lambda value=value: iter(value)) if isinstance(value, list) else value
        for name, value in document.items()
    }


@given(st.dictionaries(st.text(max_size=6), values, max_size=5))
def test_rows_change_neither_the_content_nor_the_seal(document):
    text = ''.join(documents.lines(with_rows(document)))
    assert json.loads(text) == document
    assert documents.seal(with_rows(document), 'digest') == documents.seal(document, 'digest')


def test_the_seal_is_over_the_canonical_form_without_itself():
    import hashlib

    canonical = '{"a":[1,{"b":null}],"c":"\\u00e9"}'
    wanted = 'sha256:' + hashlib.sha256(canonical.encode()).hexdigest()
    assert documents.seal({'c': 'é', 'seal': 'old', 'a': [1, {'b': None}]}, 'seal') == wanted


def test_an_element_of_rows_has_a_line_of_its_own():
    text = ''.join(documents.lines({'rows': Rows(lambda: [{'id': 1}, {'id': 2}]), 'none': Rows(lambda: [])}))
    assert text == '{\n "rows": [\n  {"id": 1},\n  {"id": 2}\n ],\n "none": []\n}\n'
