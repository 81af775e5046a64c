"""The text of multipath-tools: all versions, whole, cut and disturbed."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.plugins.threepar_lun.host import daemon, listing
from orphancleanup.plugins.threepar_lun.host.listed import Listed
from orphancleanup.plugins.threepar_lun.hosts import Path

README = """\
360002ac00000000000000bef00002de4 dm-23 3PARdata,VV
size=38G features='0' hwhandler='0' wp=rw
`-+- policy='round-robin 0' prio=0 status=active
  `- 8:0:2:3 sdr 65:16 failed faulty running
"""
OLD = """\
mpath0 (360002ac00000000000000bef00002de4) dm-3 3PARdata,VV
[size=38G][features=0][hwhandler=0][rw]
\\_ round-robin 0 [prio=0][enabled]
 \\_ 8:0:2:3 sdr 65:16 [failed][faulty]
 \\_ 8:0:3:3 sds 65:32 [active][i/o pending]
"""
NEW = """\
reload: mpatha (360002ac00000000000000bef00002de4) dm-0 3PARdata,VV
size=8.0M features='1 queue_if_no_path' hwhandler='1 alua' wp=rw
|-+- policy='service-time 0' prio=0 status=enabled
| |- 0:0:0:0 sda 8:0   failed faulty running
| `- #:#:#:# -   #:#   failed undef  unknown
`-+- policy='service-time 0' prio=1 status=enabled
  |- 2:0:0:0 sdf 8:80  active i/o pending running
  `- 3:0:0:0 sdj 8:144 failed faulty offline
360002ac00000000000000bf000002de4 dm-2 ##,##
size=8.0M features='0' hwhandler='0' wp=rw
"""
WWID = '360002ac00000000000000bef00002de4'


def test_sample_of_the_readme() -> None:
    path = Path('sdr', '8:0:2:3', '65:16', 'failed', 'faulty', 'running')
    assert listing.parse(README) == (Listed(WWID, WWID, 'dm-23', (path,)),)
    assert path.is_faulty


def test_brackets_of_the_oldest_versions() -> None:
    (found,) = listing.parse(OLD)
    assert (found.wwid, found.name, found.device) == (WWID, 'mpath0', 'dm-3')
    assert found.paths == (
        Path('sdr', '8:0:2:3', '65:16', 'failed', 'faulty', 'unknown'),
        Path('sds', '8:0:3:3', '65:32', 'active', 'i/o pending', 'unknown'),
    )


def test_groups_two_words_and_vanished_paths_of_the_newest_versions() -> None:
    first, second = listing.parse(NEW)
    assert (first.wwid, first.name) == (WWID, 'mpatha')
    assert first.paths == (
        Path('sda', '0:0:0:0', '8:0', 'failed', 'faulty', 'running'),
        Path('', '', '', 'failed', 'undef', 'unknown'),
        Path('sdf', '2:0:0:0', '8:80', 'active', 'i/o pending', 'running'),
        Path('sdj', '3:0:0:0', '8:144', 'failed', 'faulty', 'offline'),
    )
    assert second == Listed('360002ac00000000000000bf000002de4', '360002ac00000000000000bf000002de4', 'dm-2')


def test_checkers_that_were_not_asked_make_nothing_faulty() -> None:
    (found,) = listing.parse(README.replace('failed faulty running', 'failed undef running'))
    assert not found.paths[0].is_faulty


# Whatever a listing says of a path: words of all versions.
_numbers = st.integers(0, 999).map(str)
_checkers = [
    'ready',
    'faulty',
    'shaky',
    'ghost',
    'i/o pending',
    'i/o timeout',
    'delayed',
    'undef',
    'disconnected',
]
_present = st.builds(
    Path,
    device=st.text('abcdefgh', min_size=1, max_size=3).map('sd'.__add__),
    address=st.tuples(_numbers, _numbers, _numbers, st.integers(0, 70000).map(str)).map(':'.join),
    number=st.tuples(_numbers, _numbers).map(':'.join),
    mapper_state=st.sampled_from(['active', 'failed', 'undef']),
    checker_state=st.sampled_from(_checkers),
    device_state=st.sampled_from(['running', 'offline', 'unknown']),
)
_vanished = st.just(Path('', '', '', 'failed', 'undef', 'unknown'))
_wwids = st.text(string.hexdigits.lower()[:16], min_size=25, max_size=25).map('360002ac'.__add__)
_maps = st.builds(
    Listed,
    wwid=_wwids,
    name=st.just('')
    | st.from_regex(r'[a-z][a-z0-9_.-]{0,9}', fullmatch=True).filter(lambda name: name != 'undef'),
    device=_numbers.map('dm-'.__add__),
    paths=st.lists(_present | _vanished, max_size=5).map(tuple),
).map(lambda each: replace(each, name=each.name or each.wwid))
_listings = st.lists(_maps, max_size=4)
_noise = st.sampled_from(
    [
        '',
        '12.345678 | sdc: prio = const',
        'Jul 10 10:00:00 | mpatha: adding path sdx',
        'error parsing config file',
    ]
)


@st.composite
def _old_text(draw: st.DrawFn, maps: list[Listed]) -> str:
    lines: list[str] = []
    for each in maps:
        header = each.wwid if each.name == each.wwid else f'{each.name} ({each.wwid})'
        lines += [
            f'{header} {each.device} 3PARdata,VV',
            '[size=38G][features=1 queue_if_no_path][hwhandler=0][rw]',
        ]
        lines.append('\\_ round-robin 0 [prio=0][enabled]')
        for path in each.paths:
            where = f'{path.address or "#:#:#:#"} {path.device or "-"} {path.number or "#:#"}'
            lines.append(f' \\_ {where} [{path.mapper_state}][{path.checker_state}]')
        lines.append(draw(_noise))
    return '\n'.join(lines)


@st.composite
def _new_text(draw: st.DrawFn, maps: list[Listed]) -> str:
    lines: list[str] = []
    for each in maps:
        verb = draw(st.sampled_from(['', 'create: ', 'reload: ', 'unchanged: ', 'switchpg: ', 'reject: ']))
        header = each.wwid if each.name == each.wwid else f'{each.name} ({each.wwid})'
        vendor = draw(st.sampled_from(['3PARdata,VV', '##,##', 'HPE,Virtual Volume']))
        title = f'{verb}{header} {each.device} {vendor}'
        lines.append(draw(st.sampled_from([title, f'\x1b[1m{title}\x1b[0m'])))
        lines.append("size=38G features='1 queue_if_no_path' hwhandler='1 alua' wp=rw")
        prefix = draw(st.sampled_from(['  |- ', '| `- ', '| |- ', '  `- ']))
        lines.append("|-+- policy='service-time 0' prio=0 status=enabled")
        pad = draw(st.integers(1, 8))
        for path in each.paths:
            where = f'{path.address or "#:#:#:#"} {path.device or "-":<{pad}} {path.number or "#:#":<{pad}}'
            states = f'{path.mapper_state:<{pad}} {path.checker_state:<{pad}} {path.device_state}'
            lines.append(f'{prefix}{where} {states}')
            lines.append(draw(_noise))
    return '\n'.join(lines)


@given(st.data(), _listings)
def test_what_new_versions_write_is_read_whole(data: st.DataObject, maps: list[Listed]) -> None:
    assert listing.parse(data.draw(_new_text(maps))) == tuple(maps)


@given(st.data(), _listings)
def test_what_old_versions_write_is_read_whole(data: st.DataObject, maps: list[Listed]) -> None:
    told = [
        replace(each, paths=tuple(replace(path, device_state='unknown') for path in each.paths))
        for each in maps
    ]
    assert listing.parse(data.draw(_old_text(maps))) == tuple(told)


@given(st.data(), _listings)
def test_no_usable_path_is_called_faulty_wherever_the_text_is_cut_or_disturbed(
    data: st.DataObject, maps: list[Listed]
) -> None:
    text = data.draw(st.one_of(_new_text(maps), _old_text(maps)))
    cut = text[data.draw(st.integers(0, len(text))) : data.draw(st.integers(0, len(text)))]
    lines = data.draw(st.permutations(cut.split('\n')))
    told = {path for each in maps for path in each.paths}
    usable = {(path.device, path.number) for path in told if not path.is_faulty}
    faulty = {(path.device, path.number) for path in told if path.is_faulty}
    for disturbed in (cut, '\n'.join(lines), '\n'.join(line[:-3] for line in lines)):
        for each in listing.parse(disturbed):
            for path in each.paths:
                where = (path.device, path.number)
                assert not path.is_faulty or where in faulty or where not in usable


@given(st.text() | st.text(alphabet='0123456789:#-|`\\_+[] \nsdmpactivefailedfaultyrunning()\x1b'))
def test_any_text_is_read_without_an_error(text: str) -> None:
    listing.parse(text)


@given(
    st.text() | st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner)).map(str)
)
def test_any_answer_of_the_daemon_is_read_without_an_error(text: str) -> None:
    daemon.parse(text)


@pytest.mark.parametrize(
    'answer',
    [
        '', 'fail', '{}', '[]', '{"maps": null}', '{"maps": [{}]}',
        '{"maps": [{"uuid": "x", "name": "x", "sysfs": "dm-0"}]}',
    ],
)  # fmt: skip
def test_what_is_no_answer_of_the_daemon_is_none(answer: str) -> None:
    assert daemon.parse(answer) is None


def test_states_that_the_daemon_leaves_out_make_nothing_faulty() -> None:
    paths = '[{"dev": "sda", "dev_t": "8:0", "dm_st": "failed"}]'
    found = daemon.parse(
        f'{{"maps": [{{"uuid": "{WWID}", "name": "a", "sysfs": "dm-0", "path_groups": [{{"paths": {paths}}}]}}]}}'
    )
    assert found is not None
    assert not found[0].paths[0].is_faulty
