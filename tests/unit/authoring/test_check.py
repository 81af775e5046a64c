"""``handler check`` finds what is wrong with a package of handlers, all of it at once, and what is right it lets be."""

import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from orphancleanup.authoring import check as checking
from orphancleanup.authoring.check import check
from orphancleanup.authoring.finding import Finding
from orphancleanup.errors import UsageError
from tests.unit.authoring import packages
from tests.unit.authoring.packages import GROUP, WIDGET

Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def check_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    """Return what installs a package and checks it."""
    monkeypatch.syspath_prepend(tmp_path)
    # To read what else is installed here takes most of the time.
    ours = metadata.distribution('orphancleanup')
    monkeypatch.setattr(
        checking, 'distributions', lambda: [ours, *metadata.distributions(path=[str(tmp_path)])]
    )

    def run(code: str = WIDGET, **options: object) -> tuple[Finding, ...]:
        packages.write(tmp_path, code, **options)
        return check('gadgets').findings

    yield run
    sys.modules.pop('gadgets', None)


def whole(found: tuple[Finding, ...]) -> str:
    return '\n'.join(f'{each.where}: {each.what} {each.remedy}' for each in found)


def test_a_package_that_keeps_the_contract_has_no_findings(check_package: Check) -> None:
    assert check_package() == ()


def test_our_own_package_has_no_findings() -> None:
    checked = check('orphancleanup')
    assert checked.findings == ()
    assert checked.handlers >= 9


@pytest.mark.parametrize(
    ('old', 'new', 'what'),
    [
        ("kind = 'widget'", "kind = 'gizmo'", "the class calls its kind 'gizmo'"),
        ("kind = 'widget'", "kind = 'Widget'", "it has kind = 'Widget', which must be"),
        ("service = 'compute'", "service = ''", "it has service = '', which must be"),
        ("service = 'compute'", "service = 'volumev3'", "Write 'block-storage'"),
        ("service = 'compute'", "service = 'compte'", "Write 'compute'"),
        ("service = 'compute'", "service = 'compute'\n    deadline = '300'", "it has deadline = '300', which must be"),
        ("service = 'compute'", "service = 'compute'\n    deadline = True", 'it has deadline = True, which must be'),
        ("service = 'compute'", "service = 'compute'\n    levels = {0}", 'it has levels = {0}, which must be'),
        ("service = 'compute'", "service = 'compute'\n    after = 'nova-server'", 'it has after ='),
        ("service = 'compute'", "service = 'compute'\n    after = ('nova-sever',)", "Did you mean 'nova-server'?"),
        ("service = 'compute'", "service = 'compute'\n    after = (1,)", 'it has after = (1,), which must be'),
        ("service = 'compute'", "service = 'compute'\n    same_as = None", 'it has same_as = None, which must be'),
        ("service = 'compute'", "service = 'compute'\n    same_as = ('nova-sever',)", 'its "same_as" names the kind'),
        (
            'def ladder(',
            'adds_to = "nova-server"\n    def has_work(self, cloud): return True\n    def added(self, resource): '
            'return ()\n    def ladder(',
            "it has adds_to = 'nova-server', which must be a tuple of kinds",
        ),
        (
            'def ladder(',
            'adds_to = ("nova-sever",)\n    def has_work(self, cloud): return True\n    def added(self, resource): '
            'return ()\n    def ladder(',
            'its "adds_to" names the kind \'nova-sever\'',
        ),
        (
            'def ladder(',
            'def has_work(self, cloud): return True\n    def added(self, resource): return ()\n    def ladder(',
            'it has "has_work" and no "adds_to", without which that means nothing. Add "adds_to"',
        ),
        (
            'def ladder(',
            'def added_evidence(self, cloud, resource): return ()\n    def ladder(',
            'it has "added_evidence" and no "added"',
        ),
        ('def ladder(', 'belongs_to = ()\n    def ladder(', 'it has "belongs_to" and no "stayed"'),
        (
            'def ladder(',
            'def discover_in(self, cloud): return ()\n    def ladder(',
            '"discover_in" cannot be called as discover_in(cloud, project_ids)',
        ),
        (
            'def ladder(',
            'def backend_has(self, resource): return None\n    def ladder(',
            '"backend_has" cannot be called as backend_has(cloud, resource)',
        ),
        ("service = 'compute'", "service = 'compute'\n    dedline = 60", '"dedline" means nothing to the contract'),
        ('def ladder(self, resource):', 'def lader(self, resource):', 'it has no method "ladder". Write ladder('),
        ('def look(self, cloud, ref):', 'def look(self, ref):', '"look" cannot be called as look(cloud, ref)'),
        (
            'def ladder(',
            'def evidense(self, cloud, resource):\n        return ()\n\n    def ladder(',
            '"evidense" means nothing to the contract, which has "evidence"',
        ),
        ('    """A widget."""\n', '', 'the class has no docstring'),
        ('    kind =', '    def __init__(self):\n        self.seen = []\n\n    kind =', 'it keeps state (seen)'),
        ('    kind =', '    def __init__(self, cloud):\n        pass\n\n    kind =', 'cannot be made without'),
        ('class Widget(Handler)', 'class Widget', 'gadgets:Widget is no subclass of Handler'),
        ('"""Widgets."""', 'raise SystemExit(0)', 'gadgets:Widget cannot be imported: SystemExit(0)'),
        ('return None', 'time.sleep(1)', '(gadgets.py:16): it sleeps. Return instead'),
        ('from orph', 'import requests\nfrom orph', 'it imports requests, and what it asks that way passes by'),
        ('from orph', 'import tenacity\nfrom orph', 'it imports tenacity. Do not retry'),
        ('from orph', 'from orphancleanup import runs\nfrom orph', 'it imports orphancleanup.runs, which is not part'),
        ('from orph', 'from orphancleanup.clouds import turns\nfrom orph', 'it imports orphancleanup.clouds, which'),
        (
            'return None',
            'try:\n            return cloud\n        except Exception:\n            return None',
            'it catches errors that it cannot answer for',
        ),
        (
            'return None',
            'try:\n            return cloud\n        except (KeyError, CloudError):\n            return None',
            'it catches errors that it cannot answer for',
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_code_is_found_with_what_to_do(
    check_package: Check, old: str, new: str, what: str
) -> None:
    assert old in WIDGET
    found = check_package(WIDGET.replace(old, new))
    assert what in whole(found)
    assert all(each.where.startswith('gadgets 1.0, ') for each in found)


@pytest.mark.parametrize(
    'code',
    [
        'try:\n            return cloud\n        except NotFound:\n            return None',
        'try:\n            return cloud\n        except Exception as error:\n            raise ValueError from error',
    ],
)
def test_errors_that_are_meant_or_raised_on_are_no_finding(check_package: Check, code: str) -> None:
    assert check_package(WIDGET.replace('return None', code)) == ()


TABLE = '''\
from orphancleanup.table import TableHandler


class Widget(TableHandler):
    """A widget."""

    kind = 'widget'
    service = 'compute'
    path = '/widgets'
    key = 'widgets'
'''


@pytest.mark.parametrize(
    ('attribute', 'wanted'),
    [
        ('microversion = 2.10', "a text ('2.79'), or None"),
        ('updated_field = None', 'the name of a field, or empty'),
        ('status_field = 7', 'the name of a field, or empty'),
        ('is_wrapped = "no"', 'True or False'),
        ('show_query = "a=b"', 'a mapping'),
        ('singular = None', 'the name of the record in the document, or empty'),
        ('parents = {"server_id": "nova-sever"}', "Did you mean 'nova-server'?"),
    ],
)
def test_what_is_wrong_in_a_table_is_found_in_it(check_package: Check, attribute: str, wanted: str) -> None:
    found = check_package(f'{TABLE}    {attribute}\n')
    assert [each.where for each in found] == ['gadgets 1.0, widget']
    assert wanted in whole(found)


def test_a_table_for_what_is_in_no_project_may_say_so_with_none(check_package: Check) -> None:
    assert check_package(f'{TABLE}    project_field = None\n') == ()


def test_a_source_in_another_encoding_is_read_in_it(check_package: Check, tmp_path: Path) -> None:
    packages.write(tmp_path)
    (tmp_path / 'gadgets.py').write_bytes(f'# -*- coding: latin-1 -*-\n# \u00fc\n{WIDGET}'.encode('latin-1'))
    assert check('gadgets').findings == ()


def test_a_kind_of_a_package_that_is_not_installed_here_is_no_finding(check_package: Check) -> None:
    after = "service = 'compute'\n    after = ('octavia-load-balancer',)"
    assert check_package(WIDGET.replace("service = 'compute'", after)) == ()


def test_a_service_of_ones_own_is_no_finding(check_package: Check) -> None:
    assert check_package(WIDGET.replace("'compute'", "'storehouse'")) == ()


@pytest.mark.parametrize(
    'group',
    [
        'orphancleanup.handlers.gadget',
        'orphancleanup-handler.gadget',
        'orphan_cleanup.handler.gadget',
        'orphancleaner.x',
    ],
)
def test_a_group_whose_name_is_near_ours_is_found(check_package: Check, group: str) -> None:
    found = check_package(groups={group: {'widget': 'gadgets:Widget'}})
    assert f'entry-point group {group!r}: no handler is looked for' in whole(found)


@pytest.mark.parametrize('group', ['console_scripts', 'oslo.config.opts', 'pytest11'])
def test_a_group_of_somebody_else_is_no_finding(check_package: Check, group: str) -> None:
    both = {GROUP: {'widget': 'gadgets:Widget'}, group: {'x': 'gadgets:x'}}
    assert check_package(groups=both) == ()


@pytest.mark.parametrize('namespace', ['Gadget', 'my-gadget', 'gadget__two'])
def test_a_namespace_that_nobody_could_type_is_found(check_package: Check, namespace: str) -> None:
    found = check_package(groups={f'orphancleanup.handler.{namespace}': {'widget': 'gadgets:Widget'}})
    assert 'the namespace is not made of lower-case letters and digits' in whole(found)


def test_an_entry_point_that_is_no_kind_is_found(check_package: Check) -> None:
    found = check_package(groups={GROUP: {'A_widget': 'gadgets:Widget'}})
    assert "entry point 'A_widget': the name of the entry point is no kind" in whole(found)


@pytest.mark.parametrize('requires', ['', 'orphancleanup', 'orphancleanup-extras>=1'])
def test_a_package_that_fits_any_version_of_ours_is_found(check_package: Check, requires: str) -> None:
    assert 'does not say which versions of orphancleanup' in whole(check_package(requires=requires))


def test_a_package_without_handlers_is_found(check_package: Check) -> None:
    found = check_package(groups={'console_scripts': {'x': 'gadgets:x'}})
    assert 'the package announces no handler' in whole(found)


def test_twins_are_found_when_nothing_else_is_wrong(check_package: Check, tmp_path: Path) -> None:
    packages.write(tmp_path, name='copies')
    assert "The kind 'widget' of" in whole(check_package())
    sys.modules.pop('copies')


def test_all_that_is_wrong_is_found_at_once(check_package: Check) -> None:
    code = WIDGET.replace("'compute'", "'compte'").replace('return None', 'time.sleep(1)')
    assert len(check_package(code, requires='')) == 3


def test_a_package_that_is_not_installed_is_a_sentence_with_the_nearest_name() -> None:
    with pytest.raises(
        UsageError, match=r"No package 'orphancleanop' is installed here. Did you mean 'orphancleanup'"
    ):
        check('orphancleanop')
