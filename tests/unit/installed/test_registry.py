"""A handler is loaded strictly, or the sentence says why not."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from stevedore import _cache

from orphancleanup.api import Cloud
from orphancleanup.errors import PluginError, UsageError
from orphancleanup.handler import Handler
from orphancleanup.installed import entry_points, registry
from orphancleanup.installed.entry_points import GROUP
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging import reasons
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource


class Stub(Handler):
    service = 'block-storage'

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        return ()

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return ()


def loaded(kind: str, *after: str, **attributes: Any) -> Loaded:
    handler = type('Made', (Stub,), {'kind': kind, 'after': after, **attributes})()
    return Loaded(handler, 'made', f'made-{kind} 1.0')


def test_kinds_come_after_those_that_go_first_else_by_name() -> None:
    found = build(
        [loaded('volume', 'snapshot', 'server'), loaded('backup'), loaded('snapshot'), loaded('server')]
    )
    assert found.order == ('backup', 'server', 'snapshot', 'volume')
    assert list(found.handlers) == list(found.order)


def test_the_order_does_not_depend_on_the_order_of_loading() -> None:
    one, two, three = loaded('a', 'c'), loaded('b'), loaded('c', 'b')
    assert build([one, two, three]).order == build([three, one, two]).order == ('b', 'c', 'a')


def test_before_is_transitive() -> None:
    found = build([loaded('a', 'b', 'absent'), loaded('b', 'c'), loaded('c'), loaded('d')])
    assert found.before('a') == {'b', 'c'}
    assert found.before('c') == frozenset()


def test_after_every_kind_needs_to_know_none_of_them() -> None:
    found = build([loaded('a-project', '*'), loaded('b'), loaded('z'), loaded('y', 'z')])
    assert found.order == ('b', 'z', 'y', 'a-project')
    assert found.before('a-project') == {'b', 'y', 'z'}


def test_what_goes_after_the_last_kind_is_no_circle() -> None:
    found = build([loaded('project', '*'), loaded('group', 'project'), loaded('sub', 'group'), loaded('b')])
    assert found.order == ('b', 'project', 'group', 'sub')
    assert found.before('project') == {'b'}
    assert found.before('group') == {'b', 'project'}


def test_two_that_go_after_every_kind_follow_each_other_by_name_only() -> None:
    found = build(
        [loaded('project', '*'), loaded('domain', '*', 'project'), loaded('extra', '*'), loaded('b')]
    )
    assert found.before('domain') == {'b', 'project'}
    assert found.before('extra') == {'b'}


@pytest.mark.parametrize(
    ('kind', 'after'),
    [
        ('cinder-volume', 'cinder-volumes'),
        ('cinder-volume', 'cinder-voulme'),
        ('nova-server', 'nova-sever'),
        ('neutron-floatingip', 'neutron-floating-ip'),
    ],
)
def test_a_mistyped_kind_to_go_after_is_refused(kind: str, after: str) -> None:
    with pytest.raises(
        PluginError, match=f"'a' of made-a 1.0 names the kind '{after}', .*; '{kind}' is meant"
    ):
        build([loaded('a', after), loaded(kind), loaded('b')])


@pytest.mark.parametrize(
    ('kind', 'after'),
    [
        ('neutron-subnet', 'neutron-subnetpool'),
        ('cinder-volume', 'cinder-volume-type'),
        ('nova-server', 'nova-server-group'),
        ('neutron-qos-policy', 'neutron-rbac-policy'),
    ],
)
def test_a_kind_of_another_package_need_not_be_installed(kind: str, after: str) -> None:
    assert set(build([loaded('a', after), loaded(kind)]).order) == {'a', kind}


@pytest.mark.parametrize(
    'attributes',
    [
        {'after': ['b']},
        {'after': ('B_c',)},
        {'levels': {Level.API}},
        {'levels': frozenset()},
        {'levels': frozenset({'api'})},
        {'levels': frozenset({0})},
        {'deadline': '300'},
        {'deadline': True},
        {'deadline': 0},
        {'deadline': float('inf')},
        {'deadline': float('nan')},
        {'resource_types': ('',)},
        {'states': None},
        {'contract': 2},
        {'contract': 0},
        {'contract': '1'},
        {'selected_by': {'named'}},
        {'selected_by': frozenset({'name'})},
        {'contains_projects': 1},
        {'shared_through': None},
    ],
)
def test_an_attribute_of_the_wrong_type_is_refused(attributes: dict[str, Any]) -> None:
    (name,) = attributes
    with pytest.raises(PluginError, match=f"^The handler 'a' of made-a 1.0 has {name} = .*, which must be"):
        build([Loaded(type('Made', (Stub,), {'kind': 'a', **attributes})(), 'made', 'made-a 1.0')])


def test_reasons_by_which_a_kind_may_be_selected_are_those_that_there_are() -> None:
    source = inspect.getsource(reasons)
    assert set(re.findall(r"Reason\('([a-z-]+)'", source)) == reasons.CODES


def test_an_unknown_kind_is_answered_with_the_closest_and_what_shows_all() -> None:
    found = build([loaded('cinder-volume'), loaded('nova-server')])
    assert found.handler('cinder-volume').kind == 'cinder-volume'
    with pytest.raises(UsageError) as told:
        found.handler('cinder-volum')
    assert str(told.value) == (
        "No handler knows the kind 'cinder-volum'. Did you mean 'cinder-volume'? "
        '"orphancleanup handler list" shows all kinds.'
    )
    with pytest.raises(UsageError, match=r"No handler knows the kind 'x'\. .orphancleanup handler list"):
        build([]).handler('x')


def test_resource_types_lead_to_kinds() -> None:
    found = build(
        [loaded('cinder-volume', resource_types=('OS::Cinder::Volume', 'OS::Cinder::EncryptedVolume'))]
    )
    assert found.by_resource_type == dict.fromkeys(
        ('OS::Cinder::Volume', 'OS::Cinder::EncryptedVolume'), 'cinder-volume'
    )
    assert found.namespaces == ('made',)


@pytest.mark.parametrize(
    ('plugins', 'sentence'),
    [
        ([loaded('a'), loaded('a')], r"The kind 'a' of made-a 1.0 is also claimed by made-a 1.0"),
        (
            [loaded('a', 'b'), loaded('b', 'a')],
            r"'a' of made-a 1.0, 'b' of made-b 1.0 want to go after each other",
        ),
        ([loaded('a', 'a')], r"'a' of made-a 1.0 want"),
        (
            [loaded('A_b')],
            r"The handler 'A_b' of made-A_b 1.0 has kind = 'A_b', which must be lower-case letters",
        ),
        (
            [loaded('a', service='')],
            r"The handler 'a' of made-a 1.0 has service = '', which must be a service type",
        ),
        (
            [loaded('a', resource_types='OS::X')],
            r"'a' of made-a 1.0 has resource_types = 'OS::X', which must be a tuple of texts",
        ),
        (
            [loaded('a', resource_types=('OS::X',)), loaded('b', resource_types=('OS::X',))],
            r"The resource type 'OS::X' of 'b' of made-b 1.0 is also claimed by 'a' of made-a 1.0",
        ),
    ],
)
def test_handlers_that_do_not_fit_together_are_refused(plugins: list[Loaded], sentence: str) -> None:
    with pytest.raises(PluginError, match=sentence):
        build(plugins)


PLUGIN = """
from tests.unit.installed.test_registry import Stub
class Widget(Stub):
    kind = 'widget'
class Twin(Widget):
    pass
class Nameless(Stub):
    kind = 'widget'
    service = None
class Half(Stub.__mro__[1]):
    kind = 'widget'
    service = 'x'
    def discover(self, cloud): return ()
def function(): pass
from orphancleanup.database.fallback import Fallback
from orphancleanup.database.tables import Table
class Rows(Fallback):
    kind = 'widget'
    database = 'shop'
    tables = (Table('widgets'),)
    def steps(self, resource): return ()
class Tableless(Rows):
    tables = ()
class Newer(Rows):
    contract = 2
class SameRows(Rows):
    pass
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return what puts a distribution with entry points on the path, and take it off afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / 'gadgets.py').write_text(PLUGIN)

    def install(distribution: str, group: str, whole: str = '', **entries: str) -> None:
        metadata = tmp_path / f'{distribution}-1.0.dist-info'
        metadata.mkdir()
        (metadata / 'METADATA').write_text(f'Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n')
        lines = [f'{name.replace("_", "-")} = {value}\n' for name, value in entries.items()]
        (metadata / 'entry_points.txt').write_text(f'[{whole or GROUP + group}]\n' + ''.join(lines))

    yield install
    sys.modules.pop('gadgets', None)


def test_any_group_is_a_namespace_with_hyphens(install: Install) -> None:
    install('gadgets', '3par_lun', widget='gadgets:Widget')
    found = registry.load()
    assert found.handlers['widget'].namespace == '3par-lun'
    assert found.handlers['widget'].distribution == 'gadgets 1.0'
    assert '3par-lun' in found.namespaces


@pytest.mark.parametrize(
    ('group', 'meant'),
    [
        ('orphancleanup.handlers.gadget', 'orphancleanup.handler.gadget'),
        ('orphancleanup.handler.nova-server', 'orphancleanup.handler.nova_server'),
        ('orphancleanup.handler.gadget.more', 'orphancleanup.handler.gadget_more'),
        ('orphancleanup.handler', 'orphancleanup.handler.your_namespace'),
        ('orphan_cleanup.handler.gadget', 'orphancleanup.handler.gadget'),
        ('orphancleanup_handler.gadget', 'orphancleanup.handler.gadget'),
        ('orphancleanup.hander.gadget', 'orphancleanup.handler.gadget'),
        ('Orphancleanup.handler.gadget', 'orphancleanup.handler.gadget'),
    ],
)
def test_a_group_that_is_nearly_ours_is_refused(install: Install, group: str, meant: str) -> None:
    install('gadgets', '', whole=group, widget='gadgets:Widget')
    with pytest.raises(PluginError, match=f"gadgets 1.0 has handlers in .*'{group}'.*; '{meant}' is meant"):
        registry.load()


@pytest.mark.parametrize('group', ['orphancleanup.command', 'orphancleanup.report', 'handler.gadget', 'x.y'])
def test_a_group_of_somebody_else_is_none_of_ours(install: Install, group: str) -> None:
    install('gadgets', '', whole=group, widget='gadgets:Widget')
    assert 'widget' not in registry.load().handlers


def test_what_stevedore_has_kept_of_earlier_is_not_asked(install: Install, monkeypatch) -> None:
    install('gadgets', 'gadget', widget='gadgets:Widget')
    monkeypatch.setattr(_cache, 'get_group_all', lambda group: [])
    assert registry.load().handlers['widget'].distribution == 'gadgets 1.0'


def test_rescuers_are_no_handlers(install: Install) -> None:
    install('gadgets', 'mysql_fallback', widget='gadgets:Rows')
    assert 'mysql-fallback' not in registry.load().namespaces
    assert 'gadgets 1.0' not in {entry_points.distribution(entry) for entry in entry_points.entries()}


def test_a_fallback_is_keyed_by_the_kind_that_it_rescues(install: Install) -> None:
    install('gadgets', 'mysql_fallback', widget='gadgets:Rows')
    assert registry.load().rescuers['widget'].distribution == 'gadgets 1.0'


@pytest.mark.parametrize(
    ('target', 'sentence'),
    [
        ('nowhere:Rows', r"The fallback 'widget' of gadgets 1.0 cannot be loaded: ModuleNotFoundError"),
        ('gadgets:Widget', r"The fallback 'widget' of gadgets 1.0 is .* not a subclass of Fallback"),
        ('gadgets:Tableless', r"The fallback 'widget' of gadgets 1.0 has tables=\(\)"),
        ('gadgets:Newer', r'written for version 2 of its contract, and this program knows 1'),
    ],
)
def test_a_fallback_that_cannot_be_used_stops_every_run(install: Install, target: str, sentence: str) -> None:
    install('gadgets', 'mysql_fallback', widget=target)
    with pytest.raises(PluginError, match=sentence):
        registry.load()


def test_two_fallbacks_for_one_kind_stop_every_run(install: Install) -> None:
    install('gadgets', 'mysql_fallback', widget='gadgets:Rows')
    install('others', 'mysql_fallback', widget='gadgets:SameRows')
    with pytest.raises(PluginError, match='uninstall one'):
        registry.load()


@pytest.mark.parametrize(
    ('target', 'sentence'),
    [
        (
            'nowhere:Widget',
            r"The handler 'widget' of gadgets 1.0 cannot be loaded from 'nowhere:Widget': ModuleNot",
        ),
        (
            'gadgets:Missing',
            r"The handler 'widget' of gadgets 1.0 cannot be loaded from 'gadgets:Missing': Attrib",
        ),
        ('gadgets:function', r"The plugin 'widget' of gadgets 1.0 is .* not a subclass of Handler"),
        ('gadgets:Half', r"The handler 'widget' of gadgets 1.0 cannot be made without arguments: .*abstract"),
        ('gadgets:Nameless', r"The handler 'widget' of gadgets 1.0 has service = None"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_an_error_not_a_log_line(
    install: Install, target: str, sentence: str
) -> None:
    install('gadgets', 'gadget', widget=target)
    with pytest.raises(PluginError, match=sentence):
        registry.load()


@pytest.mark.parametrize('statement', ['assert False, "no"', 'raise SystemExit(0)'])
def test_a_plugin_cannot_end_the_program(install: Install, tmp_path: Path, statement: str) -> None:
    (tmp_path / 'gadgets.py').write_text(statement)
    install('gadgets', 'gadget', widget='gadgets:Widget')
    with pytest.raises(PluginError, match=r"A handler of the namespace 'gadget' ends the program"):
        registry.load()


def test_the_entry_point_has_the_name_of_the_kind(install: Install) -> None:
    install('gadgets', 'gadget', other='gadgets:Widget')
    with pytest.raises(PluginError, match=r"The handler 'other' of gadgets 1.0 calls its kind 'widget'"):
        registry.load()


@pytest.mark.parametrize('group', ['gadget', 'other'])
def test_two_packages_with_one_kind_are_refused(install: Install, group: str) -> None:
    install('gadgets', 'gadget', widget='gadgets:Widget')
    install('copies', group, widget='gadgets:Twin')
    with pytest.raises(PluginError, match=r"The kind 'widget' of (gadgets|copies) 1.0 is also claimed by"):
        registry.load()


def test_what_is_announced_is_read_without_importing_a_plugin(install: Install) -> None:
    install('gadgets', 'gadget', widget='nowhere.at.all:Widget')
    (found,) = (entry for entry in entry_points.entries() if entry.name == 'widget')
    assert (entry_points.namespace(found.group), entry_points.distribution(found)) == (
        'gadget',
        'gadgets 1.0',
    )


def printed(script: str) -> str:
    """Return what a program prints that knows nothing of this process."""
    return subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True).stdout


def test_a_run_without_a_database_does_not_import_its_library() -> None:
    script = (
        'import sys, orphancleanup.runs\n'
        'from orphancleanup.installed import registry\n'
        'registry.load()\n'
        'print("sqlalchemy" in sys.modules)'
    )
    assert printed(script) == 'False\n'


def test_importing_the_registry_imports_no_client_library() -> None:
    script = (
        'import sys, orphancleanup.installed.registry, orphancleanup.storing.journal, orphancleanup.storing.lock\n'
        'import orphancleanup.storing.run_folder\n'
        'import orphancleanup.clouds.connect, orphancleanup.clouds.projects, orphancleanup.clouds.grants\n'
        'heavy = {"openstack", "keystoneauth1", "requests", "sqlalchemy", "stevedore", "tenacity"}\n'
        'print(sorted(heavy & set(sys.modules)))'
    )
    assert printed(script) == '[]\n'
