"""``docs/writing-a-handler.rst`` tells the contract: its names and signatures are compared with the code's."""

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator

import pytest

from orphancleanup.api import Cloud, Service
from orphancleanup.authoring.source import PUBLIC
from orphancleanup.handler import (
    AddsEvidence,
    AddsSteps,
    GivesEvidence,
    Handler,
    HoldsParts,
    KnowsBackend,
    ListsByProject,
    ShowsById,
    StaysBehind,
)
from orphancleanup.model import Resource
from orphancleanup.table import TableHandler
from orphancleanup.testing.conformance import HandlerConformance
from tests.packaging.conftest import ROOT

PAGE = (ROOT / 'docs' / 'writing-a-handler.rst').read_text()
LITERALS = re.findall(r'``([^`]+)``', PAGE)
OWNERS = (
    Handler,
    TableHandler,
    HoldsParts,
    ShowsById,
    AddsSteps,
    AddsEvidence,
    GivesEvidence,
    KnowsBackend,
    ListsByProject,
    StaysBehind,
    HandlerConformance,
    Service,
    Cloud,
)
#: they are told by the pages that come with a resource: what it is called, and where it is
PLAIN = {'ref', 'name', 'project_id', 'status', 'created_at'}


def signatures() -> Iterator[tuple[str, list[str]]]:
    """Yield each method that the page names with its parameters."""
    for literal in LITERALS:
        found = re.fullmatch(r'(\w+)\(([\w, ]*)\)', literal)
        if found:
            yield found[1], [each.strip() for each in found[2].split(',') if each.strip()]


def parameters(method: Callable[..., object]) -> list[str]:
    return list(inspect.signature(method).parameters)


def attributes(handler: type) -> set[str]:
    return {name for name in inspect.get_annotations(handler) if not name.startswith('_')}


def test_every_signature_on_the_page_is_the_codes() -> None:
    named = dict(signatures())
    assert {'discover', 'look', 'ladder', 'parts', 'show', 'evidence', 'pages', 'service'} <= named.keys()
    for name, told in named.items():
        owners = [each for each in OWNERS if hasattr(each, name)]
        assert owners, f'nothing of the contract has a method {name}'
        for owner in owners:
            real = parameters(getattr(owner, name))
            shown = told if told[0] == 'self' else ['self', *told]
            assert shown == real[: len(shown)], f'{owner.__name__}.{name}'
            if told[0] == 'self':
                assert shown == real


@pytest.mark.parametrize('handler', [Handler, TableHandler], ids=lambda each: each.__name__)
def test_every_attribute_of_the_contract_is_told(handler: type) -> None:
    assert attributes(handler) - set(LITERALS) == set()


def test_every_field_of_a_resource_is_told() -> None:
    fields = {field.name for field in dataclasses.fields(Resource)}
    assert fields - PLAIN - set(LITERALS) == set()


def test_modules_that_are_promised_are_those_that_a_check_lets_pass() -> None:
    text = (ROOT / 'docs' / 'contract.rst').read_text()
    assert set(re.findall(r'^``orphancleanup\.(\w+)`` ', text, re.MULTILINE)) == PUBLIC


def test_code_on_the_page_comes_from_files_that_are_tested() -> None:
    assert '.. code-block:: python' not in PAGE
    for path in re.findall(r'literalinclude:: (\S+)', PAGE):
        assert (ROOT / 'docs' / path).is_file()


def test_groups_on_the_page_are_those_of_the_template() -> None:
    template = (ROOT / 'docs/examples/your-package/pyproject.toml').read_text()
    (group,) = re.findall(r'"orphancleanup\.handler\.(\w+)"', template)
    assert '_' in group
