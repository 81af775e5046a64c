"""Writes all configuration files of a lab."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from lab import options
from lab.layout import REGION, Lab, write_private

FILES: Mapping[str, Callable[[Lab], options.Sections]] = MappingProxyType(
    {
        'keystone/keystone.conf': options.keystone,
        'glance/glance-api.conf': options.glance,
        'placement/placement.conf': options.placement,
        'neutron/neutron.conf': options.neutron,
        'nova/nova.conf': options.nova,
        'cinder/cinder.conf': options.cinder,
        'heat/heat.conf': options.heat,
    }
)
#: those of what a lab has only when it is asked for
EXTRA_FILES: Mapping[str, tuple[str, Callable[[Lab], options.Sections]]] = MappingProxyType(
    {'sahara': ('sahara/sahara.conf', options.sahara)}
)
ENTRY_POINTS = (
    '[neutron.ml2.mechanism_drivers]\nlab = lab.inside.neutron_driver:LabMechanismDriver\n'
    '[sahara.remote]\nlab = lab.inside.sahara_remote:Driver\n'
)


def write(lab: Lab) -> None:
    """Write the services' files, ``clouds.yaml`` and what makes our drivers importable."""
    for folder in (lab.etc, lab.log):
        folder.mkdir(mode=0o700, exist_ok=True)
    for folder in (lab.run, lab.state):
        folder.mkdir(mode=0o711, exist_ok=True)
    extra = [found for name, found in EXTRA_FILES.items() if name in lab.extras]
    for name, render in (*FILES.items(), *extra):
        path = lab.etc / name
        path.parent.mkdir(exist_ok=True)
        write_private(path, ini(render(lab)))
    # nova-api wants its paste file beside nova.conf.
    shutil.copy(lab.environment / 'etc/nova/api-paste.ini', lab.etc / 'nova')
    # The listing of all projects' stacks is forbidden to everybody by default.
    write_private(lab.etc / 'heat/policy.yaml', '"stacks:global_index": "role:admin"\n')
    write_private(lab.clouds_yaml, clouds_yaml(lab))
    _make_importable(lab.python_path)


def ini(sections: options.Sections) -> str:
    """Render an oslo.config file."""
    lines = []
    for section, values in sections.items():
        lines += [f'[{section}]', *(f'{key} = {value}' for key, value in values.items()), '']
    return '\n'.join(lines)


def clouds_yaml(lab: Lab) -> str:
    """Render the clients' file: cloud ``lab`` is the admin's project, ``lab-system`` the system scope.

    JSON is YAML, and needs no library.
    """
    account = {
        'auth_url': lab.endpoint('keystone'),
        'username': 'admin',
        'password': lab.password,
        'user_domain_name': 'Default',
    }
    project = {'project_name': 'admin', 'project_domain_name': 'Default'}
    common = {'region_name': REGION, 'identity_api_version': '3'}
    clouds = {
        'lab': {**common, 'auth': {**account, **project}},
        'lab-system': {**common, 'auth': {**account, 'system_scope': 'all'}},
    }
    return json.dumps({'clouds': clouds}, indent=2) + '\n'


def _make_importable(folder: Path) -> None:
    """Show the services this package alone, not all that lies beside it in the checkout."""
    shutil.rmtree(folder, ignore_errors=True)
    metadata = folder / 'orphancleanup_lab-1.0.dist-info'
    metadata.mkdir(parents=True)
    (metadata / 'METADATA').write_text('Metadata-Version: 2.1\nName: orphancleanup-lab\nVersion: 1.0\n')
    (metadata / 'entry_points.txt').write_text(ENTRY_POINTS)
    (folder / 'lab').symlink_to(Path(__file__).resolve().parent)
