import dataclasses

from orphancleanup.judging.verdict import Guard, Verdict
from orphancleanup.model import Inventory, Ref, Resource
from orphancleanup.report import verdicts
from tests.unit import samples


def test_the_table_shows_what_goes_first_and_hides_what_nothing_selects():
    rows = verdicts.rows(samples.VERDICTS, samples.INVENTORY)
    assert rows == [
        (
            'cinder-volume',
            'v1',
            samples.EVIL,
            'demo',
            'remove',
            'it is not in the saved state',
        ),
        (
            'nova-server',
            's1',
            'web',
            '(missing) gone',
            'remove',
            'it is not in the saved state; its project gone no longer exists',
        ),
        ('cinder-volume', 'v2', 'part', 'demo', 'remove-with-its-owner', 'it goes with nova-server:s1 (web)'),
        (
            'nova-server',
            's2',
            'kept',
            'demo',
            'keep',
            'it is tagged orphancleanup:keep (otherwise: it is not in the saved state)',
        ),
    ]


def test_all_shows_what_nothing_selects_too():
    rows = verdicts.rows(samples.VERDICTS, samples.INVENTORY, is_all=True)
    assert len(rows) == 5
    assert rows[-2:] != rows[-1:]
    assert ('nova-server', 's3', 'quiet', '', 'keep', 'not selected') in rows


def test_a_project_is_not_called_missing_when_the_projects_could_not_be_read():
    inventory = dataclasses.replace(samples.INVENTORY, known_projects=False)
    (row,) = verdicts.rows([samples.VERDICTS[-1]], inventory)
    assert row[3] == '(unknown) gone'


def test_the_plan_s_table_says_what_the_review_s_says():
    review = {row[:4]: row[4:] for row in verdicts.rows(samples.VERDICTS, samples.INVENTORY)}
    plan = verdicts.plan_rows(samples.PLAN)
    assert [row[1] for row in plan] == ['v1', 's1', 'v2']
    assert all(review[row[:4]] == row[4:] for row in plan)


def test_what_goes_too_is_not_said_to_stay():
    goes, stays = Ref('neutron-subnet', 'goes'), Ref('neutron-subnet', 'stays')
    network = Resource(Ref('neutron-network', 'n'), alters=(goes, stays))
    found = [
        Verdict(network, (samples.NEW,)),
        Verdict(Resource(goes), (samples.NEW,)),
        Verdict(Resource(stays)),
    ]
    (told,) = (row[5] for row in verdicts.rows(found, Inventory({}, {})) if row[1] == 'n')
    assert told.endswith('; this changes what stays: neutron-subnet:stays')


def test_a_record_has_every_field_and_the_next_step_of_what_goes():
    records = [verdicts.record(verdict, samples.INVENTORY, samples.ladder) for verdict in samples.VERDICTS]
    assert all(tuple(record) == verdicts.FIELDS for record in records)
    steps = {record['id']: record['next_step'] for record in records}
    delete = {'name': 'delete', 'level': 'api', 'option': ''}
    assert steps == {'v1': delete, 's1': delete, 'v2': None, 's2': None, 's3': None}
    assert records[1]['guards'] == [{'code': 'tagged', 'text': 'it is tagged orphancleanup:keep'}]
    assert records[2]['owners'] == ['nova-server:s1']


def test_an_empty_ladder_has_no_next_step():
    record = verdicts.record(Verdict(samples.VOLUME, (samples.NEW,)), Inventory({}, {}), lambda _: ())
    assert record['next_step'] is None


def test_the_plan_s_table_says_what_a_removal_does_besides():
    rows = {row[1]: row[5] for row in verdicts.plan_rows(samples.wider(samples.PLAN))}
    assert rows['v1'].endswith('; this also removes, of types that no handler knows: 2 OS::Trove::Instance')
    assert rows['s1'].endswith(
        '; this also removes, of types that no handler knows: 1 OS::Trove::Instance; this changes what stays: '
        'nova-server:s2'
    )
    assert rows['v2'] == 'it goes with nova-server:s1 (web)'


def test_the_review_s_table_says_it_of_what_goes_only():
    server = samples.wider(samples.PLAN).entries[1].resource
    assert 'that no handler knows: 1 OS::Trove::Instance' in verdicts.why(Verdict(server, (samples.NEW,)))
    assert 'no handler knows' not in verdicts.why(Verdict(server, (samples.NEW,), (samples.TAGGED,)))


def test_a_guard_that_is_a_whole_sentence_ends_once():
    guard = Guard('unread', 'Nobody knows.')
    assert verdicts.why(Verdict(samples.VOLUME, (samples.NEW,), (guard, samples.TAGGED))) == (
        'Nobody knows; it is tagged orphancleanup:keep (otherwise: it is not in the saved state)'
    )
