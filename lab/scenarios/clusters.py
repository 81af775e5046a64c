"""Clusters of Sahara: each function finds by name, or makes."""

import functools
from typing import Any

from lab.inside.cloud import wait_until
from lab.scenarios import network
from lab.scenarios.project import Project, Seeder

SECONDS = 180.0
PLUGIN = {'plugin_name': 'fake', 'plugin_version': '0.1'}


def register_image(seeder: Seeder) -> str:
    """Let Sahara know the image ``tiny`` as one of its plugin's, which Glance keeps; return the id."""
    image = str(seeder.admin.image.find_image('tiny').id)
    url = _image(seeder, image)
    for method, path, body in (
        ('POST', url, {'username': 'lab'}),
        ('PUT', f'{url}/tags', {'tags': [PLUGIN['plugin_name'], PLUGIN['plugin_version']]}),
    ):
        seeder.admin.session.request(path, method, json=body)
    return image


def unregister_image(seeder: Seeder, image: str) -> None:
    """Have Glance forget it again."""
    seeder.admin.session.request(_image(seeder, image), 'DELETE')


def _image(seeder: Seeder, image: str) -> str:
    return f'{seeder.lab.url("sahara")}/v2/images/{image}'


class Sahara:
    """Sahara, as a project's user sees it.

    :param image: what its instances are made of; see :func:`register_image`.
    """

    def __init__(self, seeder: Seeder, project: Project, image: str) -> None:
        self._url = f'{seeder.lab.url("sahara")}/v2/clusters'
        self._project, self._image = project, image
        self._flavor = str(seeder.admin.compute.find_flavor('tiny').id)

    @functools.cached_property
    def _network(self) -> str:
        return str(network.network(self._project, f'{self._project.name}-net').id)

    def ask(self, method: str, identifier: str = '', body: Any = None) -> Any:
        """Send a request; return the parsed answer, None when there is none."""
        url = f'{self._url}/{identifier}' if identifier else self._url
        answer = self._project.connection.session.request(url, method, json=body)
        return answer.json() if answer.content else None

    def all(self) -> dict[str, dict[str, Any]]:
        """Return the clusters that the project sees, by name."""
        return {each['name']: each for each in self.ask('GET')['clusters']}

    def begin(self, name: str, volumes: int = 1, **fields: Any) -> str:
        """Begin to make a cluster of one instance with so many volumes, unless it is there; return its id."""
        known = self.all().get(name)
        found = known or self.ask('POST', body={**self._wanted(name, volumes), **fields})['cluster']
        self._project.made.append(
            {
                'kind': 'sahara-cluster',
                'id': f'{self._project.project_id}/{found["id"]}',
                'name': name,
                'project_id': self._project.project_id,
            }
        )
        return str(found['id'])

    def wait(self, identifier: str, *wanted: str) -> dict[str, Any]:
        """Wait until a cluster is in a state, or in one of several.

        :raises RuntimeError: if it ends in Error, and that is none of them.
        """

        def look() -> Any:
            found = self.ask('GET', identifier)['cluster']
            if found['status'] == 'Error' and 'Error' not in wanted:
                raise RuntimeError(f'{found["name"]} is in Error: {found["status_description"]}')
            return found if found['status'] in wanted else None

        what = f'the cluster {identifier} as {" or ".join(wanted)}'
        found: dict[str, Any] = wait_until(what, look, SECONDS)
        return found

    def _wanted(self, name: str, volumes: int) -> dict[str, Any]:
        workers = {
            'name': 'workers', 'flavor_id': self._flavor, 'count': 1, 'node_processes': ['namenode', 'datanode'],
            'volumes_per_node': volumes, 'volumes_size': 1, 'auto_security_group': True,
        }  # fmt: skip
        return {
            **PLUGIN,
            'name': name,
            'default_image_id': self._image,
            'neutron_management_network': self._network,
            'node_groups': [workers],
        }
