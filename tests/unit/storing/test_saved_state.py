import dataclasses
import datetime
import json
import stat

import pytest
from hypothesis import given, settings

from orphancleanup.errors import SavedStateError
from orphancleanup.judging.baseline import Baseline, KnownResource
from orphancleanup.model import CloudIdentity, Project, Ref, Resource
from orphancleanup.storing import documents, saved_state, validity
from tests.unit import strategies

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
CLOUD = CloudIdentity('http://127.0.0.1:5000/v3', 'RegionOne', 'me', 'admin', 'f1')
BASELINE = Baseline(
    resources={
        Ref('cinder-volume', 'v1'): KnownResource('data', 'p1', NOW, {'size': 1}),
        Ref('nova-server', 's1'): KnownResource(),
    },
    complete=frozenset({'cinder-volume', 'nova-server'}),
    projects={'p1': 'demo'},
    cloud=CLOUD,
    created_at=NOW,
    tool_version='0.1.0',
)
TEMPEST = {
    'projects': {'admin': 'admin'},
    'users': {'u1': 'demo'},
    'networks': {'n1': {'id': 'n1', 'name': 'net'}},
    'servers': {'s1': 'saved-server'},
    'volumes': {'v1': 'saved-volume', 'v2': None},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'saved_state.json'


def refusal(path, content=None):
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(SavedStateError) as caught:
        saved_state.read(path)
    assert '\n' not in str(caught.value)
    return str(caught.value)


def rewritten(path, change, resealed=True):
    """Change the document of a good file, and seal it again as our own writer would."""
    saved_state.write(path, BASELINE)
    document = json.loads(path.read_text())
    change(document)
    if resealed:
        document['checksum'] = documents.seal(document, 'checksum')
    return document


@settings(max_examples=60)
@given(strategies.baselines)
def test_what_is_written_is_read_again(tmp_path_factory, baseline):
    path = tmp_path_factory.mktemp('round') / 'saved_state.json'
    saved_state.write(path, baseline)
    assert saved_state.read(path) == baseline


def test_only_its_owner_may_read_it(path):
    saved_state.write(path, BASELINE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_existing_file_is_not_replaced_unless_asked(path):
    path.write_text('precious')
    with pytest.raises(SavedStateError, match=r'exists already; add --overwrite'):
        saved_state.write(path, BASELINE)
    assert path.read_text() == 'precious'
    saved_state.write(path, BASELINE, overwrite=True)
    assert saved_state.read(path) == BASELINE


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SavedStateError, match=r'cannot be written to .*No such file'):
        saved_state.write(tmp_path / 'nowhere' / 'saved_state.json', BASELINE)


def test_missing_is_refused_and_says_how_to_take_one(path):
    assert 'There is no saved state' in refusal(path)
    assert '--init-saved-state' in refusal(path)


def test_unreadable_is_refused(path):
    path.mkdir()
    assert 'cannot be read (Is a directory)' in refusal(path)


def test_what_is_no_text_is_refused(path):
    path.write_bytes(b'\xff\xfe{')
    assert 'is not text' in refusal(path)


def test_empty_is_refused(path):
    assert 'is empty' in refusal(path, ' \n')


def test_every_truncation_is_refused_as_cut_off(path):
    saved_state.write(path, BASELINE)
    whole = path.read_text()
    for length in range(1, len(whole) - 1):
        assert 'is cut off: its end is missing' in refusal(path, whole[:length]), length


@pytest.mark.parametrize('content', ['hello', '{"a": nope}', '{"a": 1}}', '[' * 200000])
def test_what_is_not_json_is_refused(path, content):
    assert 'is not JSON' in refusal(path, content)


def test_another_shape_is_refused(path):
    assert 'holds a list where a JSON object belongs' in refusal(path, [])


@pytest.mark.parametrize('content', [{}, {'hello': {}}, {'projects': {'p': 'p'}, 'stacks': {}}])
def test_a_stranger_s_document_is_refused(path, content):
    assert 'is not a saved state, neither of orphancleanup nor of tempest' in refusal(path, content)


def test_a_file_of_before_there_were_values_is_read_and_tells_none(path):
    document = rewritten(path, lambda document: document['kinds']['cinder-volume']['v1'].pop('values'))
    path.write_text(json.dumps(document))
    assert [known.values for known in saved_state.read(path).resources.values()] == [{}, {}]


def test_a_file_of_version_1_is_read_which_calls_projects_tenants(path):
    def older(document):
        document['version'] = 1
        document['tenants'] = document.pop('projects')

    path.write_text(json.dumps(rewritten(path, older)))
    assert saved_state.read(path) == BASELINE


@pytest.mark.parametrize(
    ('change', 'sentence'),
    [
        (lambda document: document['kinds']['cinder-volume'].pop('v1'), 'its checksum is wrong'),
        (lambda document: document['projects'].clear(), 'its checksum is wrong'),
        (lambda document: document.update(checksum='sha256:0'), 'its checksum is wrong'),
        (lambda document: document.pop('checksum'), 'checksum is missing'),
        (lambda document: document.update(checksum=None), 'checksum is null instead of a text'),
        (lambda document: document.update(version=3), 'has version 3, and this orphancleanup reads up to 2'),
        (lambda document: document.update(version=0), 'has version 0, which does not exist'),
        (lambda document: document.update(version='1'), 'version is a text instead of a whole number'),
        (lambda document: document.update(version=True), 'version is a truth value instead of'),
    ],
)
def test_a_file_that_was_changed_by_hand_is_refused(path, change, sentence):
    document = rewritten(path, change, resealed=False)
    assert sentence in refusal(path, document)


@pytest.mark.parametrize(
    ('change', 'sentence'),
    [
        (lambda document: document.pop('kinds'), 'kinds is missing'),
        (lambda document: document.update(kinds=[]), 'kinds is a list instead of an object'),
        (lambda document: document.update(complete=['a', 1]), 'complete[1] is a number instead of a text'),
        (lambda document: document['cloud'].pop('fingerprint'), 'cloud.fingerprint is missing'),
        (lambda document: document['projects'].update(p2=None), 'projects.p2 is null instead of a text'),
        (lambda document: document.update(created_at='yesterday'), 'created_at is a text instead of a time'),
        (
            lambda document: document.update(created_at='2026-11-20T12:00:00'),
            'instead of a time with its zone',
        ),
        (lambda document: document['kinds'].update({'Not A Kind': {}}), "'Not A Kind' is no kind"),
        (lambda document: document['kinds'].update({'a': {'': {}}}), 'kinds.a has an empty id'),
        (
            lambda document: document['kinds']['cinder-volume']['v1'].update(name=7),
            'kinds.cinder-volume.v1.name is a number instead of a text',
        ),
        (
            lambda document: document['kinds']['cinder-volume']['v1'].update(values=[]),
            'kinds.cinder-volume.v1.values is a list instead of an object',
        ),
    ],
)
def test_a_wrong_shape_is_refused_and_says_where(path, change, sentence):
    assert sentence in refusal(path, rewritten(path, change))


def test_tempest_s_file_is_read(path):
    path.write_text(json.dumps(TEMPEST))
    baseline = saved_state.read(path)
    validity.check_baseline(baseline, CLOUD)
    assert baseline == Baseline(
        resources={
            Ref('keystone-project', 'admin'): KnownResource('admin'),
            Ref('keystone-user', 'u1'): KnownResource('demo'),
            Ref('neutron-network', 'n1'): KnownResource('net'),
            Ref('nova-server', 's1'): KnownResource('saved-server'),
            Ref('cinder-volume', 'v1'): KnownResource('saved-volume'),
            Ref('cinder-volume', 'v2'): KnownResource(''),
        },
        complete=frozenset(
            {'keystone-project', 'keystone-user', 'neutron-network', 'nova-server', 'cinder-volume'}
        ),
        projects={'admin': 'admin'},
        in_new_projects=frozenset({'nova-server', 'cinder-volume'}),
    )


def test_tempest_s_file_says_nothing_about_servers_of_projects_that_it_knew(path):
    path.write_text(json.dumps(TEMPEST))
    baseline = saved_state.read(path)
    living = {'admin': Project('admin', 'admin'), 'p2': Project('p2', 'new')}
    covered = {
        (kind, project): baseline.covers(Resource(Ref(kind, 'new'), project_id=project), living)
        for kind in ('cinder-volume', 'neutron-network')
        for project in ('admin', 'p2', 'dead')
    }
    assert covered == {
        ('cinder-volume', 'admin'): False,
        ('cinder-volume', 'p2'): True,
        ('cinder-volume', 'dead'): False,
        ('neutron-network', 'admin'): True,
        ('neutron-network', 'p2'): True,
        ('neutron-network', 'dead'): True,
    }


def test_of_another_cloud_tempest_s_file_lacks_the_project_that_we_work_from(path):
    path.write_text(json.dumps({**TEMPEST, 'projects': {'p1': 'admin'}}))
    with pytest.raises(SavedStateError, match='of another cloud'):
        validity.check_baseline(saved_state.read(path), CLOUD)


def test_keypairs_of_tempest_s_own_user_tell_nothing(path):
    pair = {'fingerprint': '7e:eb', 'name': 'mine', 'public_key': 'ssh-rsa AAAA'}
    path.write_text(json.dumps({**TEMPEST, 'keypairs': {'mine': pair}}))
    baseline = saved_state.read(path)
    assert 'nova-keypair' not in baseline.complete
    assert not baseline.has(Ref('nova-keypair', 'mine'))


@pytest.mark.parametrize(('roles', 'is_covered'), [({}, False), ({'r1': 'admin'}, True)])
def test_no_roles_at_all_is_how_tempest_writes_that_it_could_not_list_them(path, roles, is_covered):
    path.write_text(json.dumps({**TEMPEST, 'roles': roles}))
    assert ('keystone-role' in saved_state.read(path).complete) is is_covered


@pytest.mark.parametrize('projects', [None, {}])
def test_tempest_s_file_without_projects_is_refused(path, projects):
    document = {**TEMPEST, 'projects': projects}
    assert 'of tempest has no projects' in refusal(path, document)
    del document['projects']
    assert 'of tempest has no projects' in refusal(path, document)


@pytest.mark.parametrize(
    ('change', 'sentence'),
    [
        ({'servers': ['s1']}, 'servers is a list instead of an object'),
        ({'servers': {'s1': 7}}, 'servers.s1 is a number instead of a text'),
        ({'volumes': {'': 'nameless'}}, 'volumes has an empty id'),
        ({'users': {'u1': 7}}, 'users.u1 is a number instead of a text'),
    ],
)
def test_tempest_s_file_of_a_wrong_shape_is_refused(path, change, sentence):
    assert sentence in refusal(path, {**TEMPEST, **change})


def test_tempest_s_file_is_not_written_anew(path):
    with pytest.raises(SavedStateError, match='does not tell its cloud'):
        saved_state.write(path, dataclasses.replace(BASELINE, cloud=None))
    assert not path.exists()
