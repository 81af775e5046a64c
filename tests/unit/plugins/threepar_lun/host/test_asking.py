"""Other hosts: a fixed ssh command, one JSON answer each, and nothing but a whole answer counts."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import orphancleanup
from orphancleanup.errors import ConfigurationError, Conflict, Unreachable
from orphancleanup.plugins.threepar_lun.host import document, program
from orphancleanup.plugins.threepar_lun.host.computes import Computes
from orphancleanup.plugins.threepar_lun.host.scan import scan
from orphancleanup.plugins.threepar_lun.host.ssh import Ssh
from orphancleanup.plugins.threepar_lun.host.ways import Ways
from tests.unit.plugins.threepar_lun.host.fake_host import OTHER, WWID, FakeHost

# Keeps what it was given, and does what each host's file says.
_SSH = """\
#!{python}
import json, pathlib, sys, time
here = pathlib.Path({folder!r})
host = sys.argv[sys.argv.index('--') + 1]
with open(here / 'calls', 'a') as file:
    file.write(json.dumps([sys.argv[1:], sys.stdin.read()]) + '\\n')
answer = here / host
if not answer.exists():
    print(f'ssh: Could not resolve hostname {{host}}: Name or service not known', file=sys.stderr)
    sys.exit(255)
code, _, text = answer.read_text().partition('\\n')
if code == 'hang':
    time.sleep(60)
print(text)
if code != '0':
    print('sudo: a password is required', file=sys.stderr)
sys.exit(int(code))
"""


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a fake ssh before the real one; return the folder with what each host answers."""
    folder = tmp_path / 'ssh'
    folder.mkdir()
    (folder / 'ssh').write_text(_SSH.format(python=sys.executable, folder=str(folder)))
    (folder / 'ssh').chmod(0o755)
    monkeypatch.setenv('PATH', f'{folder}:/usr/bin:/bin')
    return folder


def calls(ssh: Path) -> list[tuple[list[str], str]]:
    """Return what the fake ssh was given."""
    return [(argv, told) for argv, told in map(json.loads, (ssh / 'calls').read_text().splitlines())]


def test_hosts_are_asked_with_one_fixed_command(ssh: Path, fake: FakeHost) -> None:
    fake.add_lun()
    (ssh / 'compute1').write_text('0\n' + json.dumps(document.of_maps(scan(fake.host))))
    asked = Computes(('compute1',), Ssh('sudo -n /usr/bin/orphancleanup-host'))
    assert asked.maps('compute1') == scan(fake.host)
    ((argv, told),) = calls(ssh)
    assert argv[-3:] == ['--', 'compute1', 'sudo -n /usr/bin/orphancleanup-host scan']
    assert {'BatchMode=yes', 'StrictHostKeyChecking=yes', 'ForwardAgent=no'} <= set(argv)
    assert told == '{}'


def test_map_to_stop_goes_through_standard_input(ssh: Path, fake: FakeHost) -> None:
    fake.add_lun()
    (seen,) = scan(fake.host)
    (ssh / 'compute1').write_text('0\n' + json.dumps(document.of_nothing()))
    Computes((), Ssh()).stop_io(seen, may_work=True)
    ((argv, told),) = calls(ssh)
    assert argv[-1] == 'orphancleanup-host stop'
    assert document.read_stop(document.read(told)) == (seen, True)


def test_refusal_of_a_host_is_a_conflict_in_its_own_words(ssh: Path, fake: FakeHost) -> None:
    fake.add_lun()
    error = document.of_error(Conflict(409, 'qemu-kvm has it open.'))
    (ssh / 'compute1').write_text('0\n' + json.dumps(error))
    with pytest.raises(Conflict, match='qemu-kvm has it open'):
        Computes((), Ssh()).stop_io(scan(fake.host)[0])


@pytest.mark.parametrize(
    ('answer', 'words'),
    [
        ('255\n', 'cannot be reached with ssh'),
        ('127\n', 'has no orphancleanup-host'),
        ('1\n', 'did not answer: sudo: a password is required'),
        ('0\n', 'answered something else'),
        ('0\nWelcome!\n{"format": 1, "maps": []}', 'answered something else'),
        ('0\n{"format": 2, "maps": []}', 'no document of format 1'),
        ('0\n{"format": 1}', 'what nobody understands'),
        ('0\n{"format": 1, "maps": [{}]}', 'what nobody understands'),
        ('0\n{"format": 1, "maps": {}, "error": 3}', 'what nobody understands'),
        ('0\n{"format": 1, "error": {"code": "unknown", "message": "run it as root"}}', 'run it as root'),
        ('hang\n', 'gave no answer within 0.5 seconds'),
    ],
)
def test_anything_but_a_whole_answer_leaves_the_host_unknown(ssh: Path, answer: str, words: str) -> None:
    (ssh / 'compute1').write_text(answer)
    with pytest.raises(Unreachable, match=words):
        Computes((), Ssh(seconds=0.5 if 'hang' in answer else 30)).maps('compute1')


def test_one_host_that_does_not_answer_spoils_the_answer_of_all(ssh: Path) -> None:
    (ssh / 'compute1').write_text('0\n' + json.dumps(document.of_maps(())))
    with pytest.raises(Unreachable, match='compute2'):
        Computes(('compute1', 'compute2'), Ssh()).maps_of(WWID)
    assert Computes(('compute1',), Ssh()).maps_of(WWID) == ()


def test_maps_of_one_lun_are_asked_of_configured_and_named_hosts(ssh: Path, fake: FakeHost) -> None:
    fake.add_lun()
    fake.add_lun('dm-1', OTHER, 2)
    for host in ('compute1', 'compute2'):
        (ssh / host).write_text('0\n' + json.dumps(document.of_maps(scan(fake.host))))
    found = Computes(('compute1',), Ssh()).maps_of(WWID, ('compute2', 'compute1'))
    assert [(each.host, each.wwid) for each in found] == [('compute1', WWID), ('compute2', WWID)]


def test_name_on_the_array_of_a_configured_host_is_no_other_host(ssh: Path) -> None:
    (ssh / 'compute1.example.org').write_text('0\n' + json.dumps(document.of_maps(())))
    hosts = Computes(('compute1.example.org',), Ssh())
    assert hosts.maps_of(WWID, ('compute1',)) == ()
    with pytest.raises(Unreachable, match='compute2'):
        hosts.maps_of(WWID, ('compute1', 'compute2'))


@pytest.mark.parametrize('host', ['-oProxyCommand=x', 'root@compute1', 'a b', '', 'a;b', '$(x)', '[::1]'])
def test_names_that_are_no_hosts_are_not_given_to_ssh(ssh: Path, host: str) -> None:
    with pytest.raises(Unreachable, match='that is no name of a host'):
        Computes((), Ssh()).maps(host)
    assert not (ssh / 'calls').exists()


@pytest.mark.parametrize('command', ['x; y', 'x $(y)', '', ' x', 'x|y', 'x > y', '~/x'])
def test_command_with_more_than_words_is_refused(command: str) -> None:
    with pytest.raises(ConfigurationError):
        Ssh(command)


def test_without_ssh_the_host_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(Unreachable, match='ssh cannot be run'):
        Ssh().ask('compute1', 'scan')


def test_this_machine_is_asked_without_ssh(ssh: Path) -> None:
    answer = Ways(Ssh(), here='here').ask('here', 'scan')
    assert answer['format'] == document.FORMAT
    assert not (ssh / 'calls').exists()


@pytest.fixture
def asked(fake: FakeHost) -> Callable[..., dict[str, object]]:
    """Return what asks the program on the fake host."""
    return lambda command, question=None: program.answer(fake.host, command, question or {})


def test_program_answers_with_maps(fake: FakeHost, asked: Callable[..., dict[str, object]]) -> None:
    fake.add_lun()
    answer = json.loads(json.dumps(asked('scan')))
    assert document.read_maps(answer, 'compute1') == scan(fake.host)


def test_program_stops_and_tells_refusals(fake: FakeHost, asked: Callable[..., dict[str, object]]) -> None:
    fake.add_lun()
    (seen,) = scan(fake.host)
    changed = replace(seen, device='dm-9')
    answer = asked('stop', document.of_stop(changed, may_work=False))
    assert answer['error']['code'] == 'conflict'  # type: ignore[index]
    assert asked('stop', document.of_stop(seen, may_work=False)) == document.of_nothing()
    assert scan(fake.host) == ()


@pytest.mark.parametrize(
    'question',
    [{}, {'map': None, 'may_work': True}, {'map': {'wwid': 'x'}, 'may_work': False}, {'may_work': 1}],
)
def test_program_refuses_what_is_no_question(
    fake: FakeHost, asked: Callable[..., dict[str, object]], question: dict[str, object]
) -> None:
    fake.add_lun()
    answer = asked('stop', question)
    assert 'The question is none' in answer['error']['message']  # type: ignore[index]
    assert fake.ran == []


def test_program_needs_nothing_but_the_standard_library() -> None:
    """Without the folders of installed packages, as on a compute host that has nothing else."""
    root = Path(orphancleanup.__file__).parents[1]
    text = f'import sys; sys.path.insert(0, {str(root)!r}); from {program.__name__} import main; sys.exit(main(["-h"]))'
    done = subprocess.run(
        [sys.executable, '-I', '-S', '-c', text], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ''), done.stderr


def test_program_takes_one_fixed_word_only(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ['stop', 'x'], ['--all'], ['scan', 'scan']):
        assert program.main(words) == 2
    assert program.main(['--help']) == 0
    assert capsys.readouterr().out == ''


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(['map', 'maps', 'paths', 'wwid', 'error']), inner)
    ),
)


@pytest.mark.parametrize('wwid', [OTHER.upper(), '36000d31000a1b20000000000000000b1', '', 'x'])
def test_map_of_anything_but_a_lun_is_no_answer(fake: FakeHost, wwid: str) -> None:
    fake.add_lun()
    told = document.of_maps((replace(scan(fake.host)[0], wwid=wwid),))
    with pytest.raises(ValueError, match='is no WWID of a LUN'):
        document.read_maps(told, 'compute1')


@given(_json)
def test_any_document_is_read_or_refused_with_one_error(value: object) -> None:
    try:
        record = document.read(json.dumps({'format': 1, 'maps': value, 'map': value, 'may_work': True}))
        document.read_maps(record, 'compute1')
    except ValueError:
        pass


def test_strangers_words_are_made_printable(fake: FakeHost) -> None:
    fake.add_lun()
    told = document.of_maps((replace(scan(fake.host)[0], name='a\x1b[2J', holders=('b\x07',)),))
    (found,) = document.read_maps(told, 'compute1')
    assert (found.name, found.holders) == ('a?[2J', ('b?',))
