"""The package of docs/examples/acme-orphancleanup at work on the lab, beside the kinds that are shipped."""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import network
from tests.functional.command import Command, results, selected, verdict
from tests.functional.in_place import announce
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

PROJECT = Path(__file__).resolve().parents[2] / 'docs' / 'examples' / 'acme-orphancleanup'
PROVIDER, MAPPING, RULE = 'keystone-identity-provider', 'keystone-mapping', 'neutron-security-group-rule'
KINDS = {PROVIDER, MAPPING, RULE}
PATHS = {PROVIDER: '/OS-FEDERATION/identity_providers', MAPPING: '/OS-FEDERATION/mappings'}
MAPPED = [{'local': [{'user': {'name': '{0}'}}], 'remote': [{'type': 'REMOTE_USER'}]}]


@pytest.fixture
def acme(the_lab: Lab, tmp_path: Path) -> Command:
    """Return the command with the third party's package beside it."""
    path = [announce(PROJECT, tmp_path / 'installed'), *filter(None, [os.environ.get('PYTHONPATH')])]
    return Command(the_lab, tmp_path, {'PYTHONPATH': os.pathsep.join(path)})


class Federation:
    """Makes identity providers and mappings, and takes them away again."""

    def __init__(self, identity: Any) -> None:
        self.api = identity
        self.prefix = f'acme-{secrets.token_hex(3)}'
        self._domains: list[str] = []

    def mapping(self, name: str) -> str:
        identifier = f'{self.prefix}-{name}'
        self._put(f'{PATHS[MAPPING]}/{identifier}', {'mapping': {'rules': MAPPED}})
        return identifier

    def provider(self, name: str, mapping: str) -> str:
        """Make an enabled identity provider, with a protocol that names a mapping."""
        identifier = f'{self.prefix}-{name}'
        path = f'{PATHS[PROVIDER]}/{identifier}'
        made = self._put(path, {'identity_provider': {'enabled': True}})
        self._domains.append(made['identity_provider']['domain_id'])
        self._put(f'{path}/protocols/saml2', {'protocol': {'mapping_id': mapping}})
        return identifier

    def left(self) -> set[tuple[str, str]]:
        """Return those that are ours, as Keystone lists them."""
        return {
            (kind, each['id'])
            for kind, path in PATHS.items()
            for each in self.api.get(path).json()[path.rpartition('/')[2]]
            if each['id'].startswith(self.prefix)
        }

    def clear(self) -> None:
        for kind, identifier in sorted(self.left()):
            self.api.delete(f'{PATHS[kind]}/{identifier}')
        for domain in self._domains:
            self.api.patch(f'/domains/{domain}', json={'domain': {'enabled': False}})
            self.api.delete(f'/domains/{domain}')

    def _put(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.api.put(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
def federation(sandbox: Sandbox) -> Iterator[Federation]:
    made = Federation(sandbox.admin.identity)
    try:
        yield made
    finally:
        made.clear()


def test_the_package_is_found_and_has_no_findings(acme: Command) -> None:
    checked = acme.run('handler', 'check', 'acme-orphancleanup')
    assert checked.code == 0, checked
    assert 'acme-orphancleanup 1.0: 3 handlers checked, nothing is wrong.' in checked.stderr
    listed = acme.run('handler', 'list', '-f', 'value', '-c', 'Kind', '-c', 'Package')
    assert {line.split()[0] for line in listed.stdout.splitlines() if 'acme' in line} == KINDS


@pytest.mark.parametrize('kind', sorted(KINDS))
def test_each_kind_agrees_with_itself_when_it_is_tried(
    sandbox: Sandbox, acme: Command, federation: Federation, kind: str
) -> None:
    federation.provider('try', federation.mapping('try'))
    project = sandbox.project('acme-try')
    network.security_group(project, f'{project.name}-group')
    tried = acme.run('handler', 'try', kind, '--sample', '20', '-f', 'json')
    assert tried.code in (0, 4), tried
    # What a kind of another package is to it, nobody can tell where that is not installed.
    wrong = [
        row for row in json.loads(tried.stdout) if not row['well'] and 'no installed handler' not in str(row)
    ]
    assert not wrong, tried


def test_what_is_meant_goes_and_what_it_depends_on_stays(acme: Command, federation: Federation) -> None:
    kept, mapping = federation.mapping('kept'), federation.mapping('doomed')
    provider = federation.provider('doomed', mapping)
    doomed = {(PROVIDER, provider), (MAPPING, mapping)}
    scope = ('--kind', PROVIDER, '--kind', MAPPING, '--prefix', f'{federation.prefix}-doomed')
    seen = acme.report('cleanup', '--dry-run', *scope, code=4)
    assert selected(seen) == doomed
    assert federation.left() == doomed | {(MAPPING, kept)}
    applied = acme.report('cleanup', *scope, '--yes-remove', code=0)
    assert results(applied) == dict.fromkeys(doomed, 'removed')
    assert federation.left() == {(MAPPING, kept)}


def test_a_mapping_that_is_in_use_is_kept_and_the_provider_is_named(
    acme: Command, federation: Federation
) -> None:
    mapping = federation.mapping('used')
    provider = federation.provider('living', mapping)
    before = federation.left()
    seen = acme.report('cleanup', '--resource', f'{MAPPING}:{mapping}', '--yes-remove', code=(0, 4))
    assert provider in str(verdict(seen, MAPPING, mapping)['guards'])
    assert federation.left() == before


def test_everything_does_not_mean_what_the_whole_cloud_logs_in_by(
    acme: Command, federation: Federation
) -> None:
    federation.provider('everything', federation.mapping('everything'))
    before = federation.left()
    for selection in ('--everything', '--orphans'):
        options = ('--kind', PROVIDER, '--kind', MAPPING, selection)
        everywhere = ('--all',) if selection == '--everything' else ()
        seen = acme.report('cleanup', '--dry-run', *options, *everywhere, code=0)
        assert not selected(seen) & before
    assert federation.left() == before
