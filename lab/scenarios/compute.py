"""Servers and what belongs to them: each function finds by name, or makes."""

from typing import Any

from lab.scenarios.project import Project
from lab.scenarios.storage import settled

PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl lab'


def server(project: Project, name: str, network: Any, **properties: Any) -> Any:
    """Find or begin to make a server on a network; see :func:`active`."""
    nova = project.connection.compute
    found = nova.find_server(name)
    if not found:
        if 'block_device_mapping' not in properties:
            properties['image_id'] = project.connection.image.find_image('tiny').id
        flavor = nova.find_flavor(properties.pop('flavor', 'tiny'))
        found = nova.create_server(
            name=name, flavor_id=flavor.id, networks=[{'uuid': network.id}], **properties
        )
    # The answer to a create has no name.
    return project.note('nova-server', nova.get_server(found.id))


def active(project: Project, found: Any) -> Any:
    """Wait until a server is ACTIVE."""
    return settled(project.connection.compute.get_server, found, 'active')


def attach(project: Project, found: Any, volume: Any) -> None:
    """Attach an available volume to an ACTIVE server, unless it is attached."""
    storage = project.connection.block_storage
    if storage.get_volume(volume.id).status == 'available':
        project.connection.compute.create_volume_attachment(found, volume_id=volume.id)
    settled(storage.get_volume, volume, 'in-use')


def boot_device(project: Project, volume: Any) -> list[dict[str, Any]]:
    """Make an available volume bootable, and answer the mapping that deletes it with its server."""
    if volume.status == 'available':
        project.connection.block_storage.set_volume_bootable_status(volume, True)
    return [
        {
            'uuid': volume.id,
            'source_type': 'volume',
            'destination_type': 'volume',
            'boot_index': 0,
            'delete_on_termination': True,
        }
    ]


def keypair(project: Project, name: str) -> Any:
    """Find or make the user's key pair."""
    nova = project.connection.compute
    found = nova.find_keypair(name) or nova.create_keypair(name=name, public_key=PUBLIC_KEY)
    return project.note('nova-keypair', found)


def server_group(project: Project, name: str) -> Any:
    """Find or make a server group."""
    nova = project.connection.compute
    found = nova.find_server_group(name) or nova.create_server_group(name=name, policies=['anti-affinity'])
    return project.note('nova-server-group', found)


def image(project: Project, name: str) -> Any:
    """Find or make a private image."""
    glance = project.connection.image
    found = glance.find_image(name) or glance.create_image(
        name=name, container_format='bare', disk_format='raw', data=b'y' * 1024
    )
    return project.note('glance-image', found)
