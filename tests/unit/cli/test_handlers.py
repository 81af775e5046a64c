"""``handler check`` and ``handler try`` as a user sees them: a row for each thing, and the exit code."""

import json

import pytest

from orphancleanup.authoring import check as checking
from orphancleanup.authoring.check import Checked
from orphancleanup.authoring.finding import Finding
from tests.unit.authoring import packages


def test_a_check_without_findings_is_clean_and_says_what_was_checked(run):
    ended = run('handler', 'check', 'orphancleanup')
    assert (ended.code, ended.out.strip()) == (0, '')
    assert 'handlers checked, nothing is wrong.' in ended.err


def test_a_check_asks_no_cloud(run, house):
    run('handler', 'check', 'orphancleanup')
    assert house.cloud.requests == []


def test_each_finding_is_a_row_and_exit_code_1(run, monkeypatch):
    found = Finding('gadgets 1.0, widget (gadgets.py:3)', 'it sleeps.', 'Return instead.')
    monkeypatch.setattr(checking, 'check', lambda package: Checked(('gadgets 1.0',), 1, (found,)))
    ended = run('handler', 'check', '-f', 'json')
    assert ended.code == 1
    assert json.loads(ended.out) == [{'where': found.where, 'what': found.what, 'remedy': found.remedy}]
    assert 'gadgets 1.0: 1 handler checked, 1 finding.' in ended.err


def test_a_package_of_a_third_party_is_checked_by_its_name(run, alone, monkeypatch):
    monkeypatch.syspath_prepend(alone)
    packages.write(alone, packages.WIDGET.replace("'compute'", "'compte'"))
    ended = run('handler', 'check', 'gadgets')
    assert ended.code == 1
    assert "Write 'compute'" in ' '.join(ended.out.split())


def test_a_handler_that_is_well_is_tried_with_exit_code_0(run, house):
    house.thing('t1')
    ended = run('handler', 'try', 'thing', '-f', 'json')
    assert ended.code == 0
    told = {each['tried']: each for each in json.loads(ended.out)}
    assert told['look']['what_came_of_it'] == '1 of 1 that were looked at are as discover told them'
    assert all(each['well'] for each in told.values())
    assert house.cloud.read_only


def test_a_handler_that_disagrees_is_exit_code_4(run, house):
    house.bit('b1', hangs_on=['nobody'])
    ended = run('handler', 'try', 'bit')
    assert ended.code == 4
    assert '0 of 1 are there' in ended.out


@pytest.mark.parametrize('sample', ['0', '-1', 'all'])
def test_a_sample_is_a_number_of_resources(run, sample):
    ended = run('handler', 'try', 'thing', '--sample', sample)
    assert ended.code == 2
    assert 'whole number' in ended.err
