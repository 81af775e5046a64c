"""The documentation tells what the code does: its words are compared with the code's."""

import importlib
import pkgutil
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest

from orphancleanup import handler
from orphancleanup.installed import contract, registry
from orphancleanup.judging import relations
from orphancleanup.model import KIND, Level
from orphancleanup.outcome import Result
from orphancleanup.storing import plan_file, saved_state
from tests.packaging.conftest import ROOT

DOCS = ROOT / 'docs'


def literals(*pages: str) -> set[str]:
    """Return everything that stands between double backquotes on pages."""
    text = '\n'.join((DOCS / page).read_text() for page in pages)
    return set(re.findall(r'``([^`]+)``', text))


def codes(word: str, modules: Iterable[str]) -> set[str]:
    """Return the codes of all reasons or guards that modules make."""
    text = '\n'.join((ROOT / 'orphancleanup' / 'judging' / module).read_text() for module in modules)
    made = re.findall(rf"\b{word}\(\s*'([a-z-]+)'", text)
    return set(made)


@pytest.mark.parametrize('word', ['Reason', 'Guard'])
def test_every_reason_and_guard_is_documented(word: str) -> None:
    made = codes(word, ['classify.py', 'guards.py', 'reasons.py', 'unknowns.py'])
    assert len(made) > 5
    assert made <= literals('design.rst')


def test_table_of_relations_is_the_one_of_the_code() -> None:
    cells = [cell for row in relations.table() for cell in row]
    text = (DOCS / 'design.rst').read_text()
    _, _, listed = text.partition('.. list-table::\n   :header-rows: 1\n\n')
    shown = re.findall(r'^   [* ] - (.*)$', listed, re.MULTILINE)
    assert shown == cells


def test_every_result_and_level_is_documented() -> None:
    assert {str(result) for result in Result} <= literals('report.rst')
    assert {str(level) for level in Level} <= literals('design.rst')


def test_sample_baseline_is_one() -> None:
    baseline = saved_state.read(ROOT / 'etc/orphancleanup/saved_state.json.sample')
    assert {ref.kind for ref in baseline.resources} <= baseline.complete


def test_plan_in_the_docs_is_one() -> None:
    text = (DOCS / 'examples/plan.json').read_text()
    assert plan_file.dump(plan_file.parse(text, 'plan.json')) == text


def test_namespaces_in_the_docs_are_words_that_people_type() -> None:
    described = [*DOCS.glob('examples/*/setup.cfg'), *DOCS.glob('examples/*/pyproject.toml')]
    groups = {
        group
        for path in described
        for group in re.findall(r'orphancleanup\.handler\.(\w+)', path.read_text())
    }
    assert len(groups) >= 3
    for group in groups:
        assert KIND.fullmatch(group.replace('_', '-'))


@pytest.mark.parametrize('page', ['README.rst', 'CONTRIBUTING.rst'])
def test_links_between_pages_lead_somewhere(page: str) -> None:
    for target in re.findall(r'`[^`]+ <([^>]+)>`_', (ROOT / page).read_text()):
        assert target.startswith('http') or (ROOT / target).exists(), target


def test_each_pitfall_names_tests_that_there_are() -> None:
    tests = '\n'.join(path.read_text() for path in (ROOT / 'tests').rglob('test_*.py'))
    rows = (DOCS / 'pitfalls.rst').read_text().split('   * - ')[2:]
    assert rows
    for row in rows:
        named = re.findall(r'``(test_\w+)``', row)
        assert named, row
        assert [each for each in named if f'def {each}(' not in tests] == [], row


def test_targets_of_make_that_are_named_exist() -> None:
    targets = set(re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE))
    pages = [ROOT / 'README.rst', ROOT / 'CONTRIBUTING.rst', *Path(DOCS).glob('*.rst')]
    named = {name for page in pages for name in re.findall(r'``make ([a-z-]+)``', page.read_text())}
    assert named
    assert named <= targets


def test_every_handler_has_a_section() -> None:
    kinds = {
        kind for kind, loaded in registry.load().handlers.items() if loaded.distribution.startswith('orphanc')
    }
    headings = set(re.findall(r'^([a-z0-9-]+)\n~+$', (DOCS / 'handlers.rst').read_text(), re.MULTILINE))
    assert headings == kinds


def names(module: ModuleType) -> set[str]:
    """Return the names in a module; for a room, also those in its modules."""
    found = set(dir(module))
    for each in pkgutil.iter_modules(getattr(module, '__path__', ())):
        found |= set(dir(importlib.import_module(f'{module.__name__}.{each.name}')))
    return found


def test_public_modules_of_the_contract_have_the_names_that_it_promises() -> None:
    text = (DOCS / 'contract.rst').read_text()
    for module, rest in re.findall(r'^``(orphancleanup\.\w+)`` +(.*)$', text, re.MULTILINE):
        found = importlib.import_module(module)
        for name in re.findall(r'``(\w+)``', rest):
            assert name in names(found), f'{module} has no {name}'


def test_every_attribute_of_a_handler_that_is_checked_is_one() -> None:
    annotations = set(handler.Handler.__annotations__)
    assert annotations == set(contract._ATTRIBUTES)
