import dataclasses
import importlib.resources
import json

import jsonschema
import pytest
from hypothesis import given, settings

from orphancleanup.judging.plan import Unresolved
from orphancleanup.model import Ref, Resource
from orphancleanup.report import document
from orphancleanup.results import Applied
from orphancleanup.storing import plan_file
from tests.unit import samples, strategies

SCHEMA = json.loads(importlib.resources.files('orphancleanup.report').joinpath('schema.json').read_text())
DRY_RUN = document.Heading('dry-run', '0.1.0', samples.NOW, 4)
JUDGED = document.Judged(samples.INVENTORY, samples.VERDICTS, samples.ladder)
DONE = Applied(
    '20261120T120000Z-ab12',
    samples.PLAN,
    samples.OUTCOMES,
    samples.NOW,
    samples.NOW,
    True,
    samples.REQUESTS,
    ('a role is left',),
    (Resource(Ref('route', 'r1'), name='left', unused='its network n1 is gone'),),
)

WIDER = samples.wider(samples.PLAN)
WIDER_DONE = dataclasses.replace(DONE, plan=WIDER)


def validate(report):
    report = json.loads(json.dumps(report))
    jsonschema.validate(report, SCHEMA, format_checker=jsonschema.FormatChecker())
    return report


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    'account',
    [
        document.Account(samples.PLAN, judged=JUDGED),
        document.Account(samples.PLAN, breaches=('too many',), judged=JUDGED),
        document.Account(samples.PLAN, judged=JUDGED, done=DONE),
        document.Account(samples.PLAN, done=DONE),
    ],
)
def test_reports_keep_to_the_schema(account):
    validate(document.document(DRY_RUN, account))


@settings(max_examples=30)
@given(strategies.plans)
def test_the_report_of_any_plan_keeps_to_the_schema(plan):
    assert validate(document.document(DRY_RUN, document.Account(plan)))['plan_digest'] == plan_file.digest(
        plan
    )


def test_a_dry_run_tells_every_verdict_and_no_outcome():
    report = document.document(DRY_RUN, document.Account(samples.PLAN, judged=JUDGED))
    assert len(report['verdicts']) == len(samples.VERDICTS)
    assert (report['outcomes'], report['run']) == (None, None)
    assert report['unread'] == [
        {'kind': 'cinder-backup', 'project_id': '', 'owner': None, 'why': 'HTTP 500: oops (req-1)'}
    ]


def test_an_apply_tells_outcomes_and_what_it_cost():
    report = document.document(DRY_RUN, document.Account(samples.PLAN, done=DONE))
    assert [outcome['result'] for outcome in report['outcomes']] == ['removed', 'not-removed', 'blocked']
    assert report['run']['requests_per_removed'] == 6
    assert report['verdicts'] is None
    assert report['run']['left_behind'] == [
        {'ref': 'route:r1', 'name': 'left', 'why': 'its network n1 is gone'}
    ]


def test_who_is_to_remove_what_is_left_is_told_where_nothing_says_why_it_is_not_needed():
    left = (Resource(Ref('route', 'r1'), protection='the transformer removes it'),)
    done = dataclasses.replace(DONE, left_behind=left)
    report = validate(document.document(DRY_RUN, document.Account(samples.PLAN, done=done)))
    assert report['run']['left_behind'][0]['why'] == 'the transformer removes it'


def test_what_needs_a_person_is_told():
    plan = dataclasses.replace(
        samples.PLAN, unresolved=(Unresolved(samples.KEPT.ref, 'it waits for itself.'),)
    )
    report = validate(document.document(DRY_RUN, document.Account(plan)))
    assert report['unresolved'] == [{'ref': 'nova-server:s2', 'why': 'it waits for itself.'}]


def test_verdicts_and_outcomes_tell_owners_and_what_goes_along():
    report = validate(document.document(DRY_RUN, document.Account(WIDER, judged=JUDGED, done=WIDER_DONE)))
    outcome = next(each for each in report['outcomes'] if each['id'] == 's1')
    assert outcome['others'] == [{'resource_type': 'OS::Trove::Instance', 'id': 'db1'}]
    assert outcome['alters'] == ['nova-server:s2', 'cinder-volume:v1']
    assert [each['owners'] for each in report['outcomes'] if each['id'] == 'v2'] == [['nova-server:s1']]
    assert [each['owners'] for each in report['verdicts'] if each['id'] == 'v2'] == [['nova-server:s1']]
