"""Stacks: found by name, or made."""

from typing import Any

from lab.scenarios.project import Project
from lab.scenarios.storage import settled

Template = dict[str, Any]
NESTING = 5


def volume(name: str) -> Template:
    """Return a volume for a template."""
    return {'type': 'OS::Cinder::Volume', 'properties': {'size': 1, 'name': name}}


def network(name: str) -> dict[str, Template]:
    """Return a network and its subnet for a template."""
    subnet = {'network': {'get_resource': 'net'}, 'cidr': '10.9.0.0/24', 'name': name}
    return {
        'net': {'type': 'OS::Neutron::Net', 'properties': {'name': name}},
        'subnet': {'type': 'OS::Neutron::Subnet', 'properties': subnet},
    }


def many_volumes(name: str, count: int) -> Template:
    """Return a nested stack of volumes for a template."""
    inner = {'count': count, 'resource_def': volume(f'{name}-%index%')}
    return {'type': 'OS::Heat::ResourceGroup', 'properties': inner}


def stack(project: Project, name: str, resources: dict[str, Template]) -> Any:
    """Find or begin to make a stack; see :func:`created`."""
    heat = project.connection.orchestration
    found = heat.find_stack(name)
    if not found:
        template = {'heat_template_version': '2021-04-16', 'resources': resources}
        found = heat.create_stack(name=name, template=template, timeout_mins=10)
    found.name = name
    return project.note('heat-stack', found)


def created(project: Project, found: Any) -> Any:
    """Wait until a stack is complete, and note what it holds, on all levels."""
    heat = project.connection.orchestration
    settled(heat.get_stack, found, 'create_complete')
    note_held(project, found)
    return found


def note_held(project: Project, found: Any) -> None:
    """Note what a stack holds, on all levels, where orphancleanup has a word for it."""
    getters = {
        'OS::Cinder::Volume': ('cinder-volume', project.connection.block_storage.get_volume),
        'OS::Neutron::Net': ('neutron-network', project.connection.network.get_network),
        'OS::Neutron::Subnet': ('neutron-subnet', project.connection.network.get_subnet),
    }
    path = f'/stacks/{found.name}/{found.id}/resources'
    answer = project.connection.orchestration.get(path, params={'nested_depth': NESTING})
    for each in answer.json()['resources']:
        if each['resource_type'] in getters and each['physical_resource_id']:
            kind, get = getters[each['resource_type']]
            project.note(kind, get(each['physical_resource_id']), held_by=found.id)
