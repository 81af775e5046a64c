import dataclasses
import datetime
import json

import pytest
from hypothesis import given, settings

from orphancleanup.errors import PlanError
from orphancleanup.judging.plan import Entry, Plan
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import CloudIdentity, Project, Ref, Resource, Scope, Unread
from orphancleanup.storing import documents, plan_file
from tests.unit import strategies

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
VOLUME = Resource(Ref('cinder-volume', 'v1'), 'data', 'p1', 'available', NOW, details={'size': 1})
PLAN = Plan(
    cloud=CloudIdentity('http://127.0.0.1:5000/v3', 'RegionOne', 'me', 'admin', 'f1'),
    created_at=NOW,
    entries=(Entry(VOLUME, (Reason('named', 'named'),), (), (Ref('cinder-snapshot', 'n1'),)),),
    seen={'cinder-volume': 3},
    projects={'p1': Project('p1', 'demo')},
    unread=(Unread(Scope('nova-server'), 'HTTP 500'),),
)


def refusal(text):
    with pytest.raises(PlanError) as caught:
        plan_file.parse(text, 'plan.json')
    assert '\n' not in str(caught.value)
    assert 'make a new one with --dry-run --plan-file' in str(caught.value)
    return str(caught.value)


def changed(change, resealed=True):
    document = json.loads(plan_file.dump(PLAN))
    change(document)
    if resealed:
        document['digest'] = documents.seal(document, 'digest')
    return json.dumps(document)


@settings(max_examples=80)
@given(strategies.plans)
def test_what_is_dumped_is_parsed_again(plan):
    text = plan_file.dump(plan)
    assert plan_file.parse(text, 'plan.json') == plan
    assert json.loads(text)['digest'] == plan_file.digest(plan)


def test_the_digest_tells_plans_apart():
    other = dataclasses.replace(PLAN, has_baseline=True)
    assert plan_file.digest(PLAN) == plan_file.digest(dataclasses.replace(PLAN))
    assert plan_file.digest(PLAN) != plan_file.digest(other)


def test_every_truncation_is_refused_as_cut_off():
    whole = plan_file.dump(PLAN)
    for length in range(1, len(whole) - 1, 7):
        assert 'is cut off' in refusal(whole[:length]), length


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('', 'is empty'),
        ('hello', 'is not JSON'),
        ('[]', 'holds a list'),
        ('{}', 'is no plan of orphancleanup'),
        ('{"format": "orphancleanup saved state"}', 'is no plan of orphancleanup'),
    ],
)
def test_what_is_no_plan_is_refused(text, sentence):
    assert sentence in refusal(text)


@pytest.mark.parametrize(
    'change',
    [
        lambda document: document['entries'][0]['resource'].update(ref='cinder-volume:v2'),
        lambda document: document['entries'].append(document['entries'][0]),
        lambda document: document['cloud'].update(fingerprint='f2'),
        lambda document: document.update(digest=''),
        lambda document: document.update(note='looks good to me'),
    ],
)
def test_a_plan_that_was_edited_by_hand_is_refused(change):
    assert 'was changed after it was made' in refusal(changed(change, resealed=False))


@pytest.mark.parametrize('version', [5, 7])
def test_another_version_is_refused(version):
    text = changed(lambda document: document.update(version=version))
    assert f'has version {version}, and this orphancleanup applies version 6 only' in refusal(text)


@pytest.mark.parametrize(
    ('change', 'sentence'),
    [
        (lambda document: document.pop('digest'), 'digest is missing'),
        (lambda document: document.pop('entries'), 'entries is missing'),
        (lambda document: document.update(entries={}), 'entries is an object instead of a list'),
        (
            lambda document: document['entries'][0]['resource'].update(ref='volume 1'),
            'entries[0].resource.ref is a text instead of KIND:ID',
        ),
        (
            lambda document: document['entries'][0].update(owners=[7]),
            'entries[0].owners[0] is a number instead of a text',
        ),
        (lambda document: document['seen'].update(x='3'), 'seen.x is a text instead of a whole number'),
        (lambda document: document.update(entries=document['entries'] * 2), 'names a resource twice'),
        (
            lambda document: document.update(stuck_seconds=10**30),
            'stuck_seconds is a number instead of a number of seconds',
        ),
        (
            lambda document: document.update(created_at='0001-01-01T00:00:00+23:00'),
            'created_at is a text instead of a time',
        ),
    ],
)
def test_a_wrong_shape_is_refused_and_says_where(change, sentence):
    resealed = sentence != 'digest is missing'
    assert sentence in refusal(changed(change, resealed))


@pytest.mark.parametrize(
    ('content', 'sentence'), [(None, 'No such file or directory'), (b'\xff\xfe', 'it is not text')]
)
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, content, sentence):
    path = tmp_path / 'plan.json'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlanError, match=f'The plan .*plan.json cannot be read: {sentence}'):
        plan_file.read(path)
    path.write_text(plan_file.dump(PLAN))
    assert plan_file.read(path) == PLAN
