"""A fake Sahara, as it was measured: lists what is of the caller's project, and what is public."""

import itertools
import uuid
from typing import Any

from orphancleanup.errors import BadRequest, NotFound
from orphancleanup.testing.collection import Collection, CollectionOptions, Deletion, Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request
from tests.unit.plugins.fake_orchestration import Orchestration

SERVICE = 'data-processing'
DESCRIPTION = 'Data Processing Cluster by Sahara\nSahara cluster name: x'
_numbers = itertools.count(1)


class DataProcessing:
    """The clusters of a fake Sahara, each with its stack in a fake Heat.

    They are kept by the id that they have here, ``PROJECT_ID/ID``; Sahara itself shows the latter only.
    """

    def __init__(self, cloud: FakeCloud, heat: Orchestration) -> None:
        self._heat = heat
        self._cloud = cloud
        #: names of clusters whose stacks Heat fails to delete for Sahara, which goes on saying that it deletes them
        self.stuck: set[str] = set()
        path = '/v2/clusters'
        one = f'{path}/(?P<id>[^/]+)'
        cloud.route(SERVICE, 'GET', path, lambda _, request: self._page(request))
        cloud.route(
            SERVICE, 'GET', one, lambda match, request: {'cluster': _shown(self._find(match, request))}
        )
        cloud.route(SERVICE, 'PATCH', one, self._patch)
        cloud.route(SERVICE, 'DELETE', one, self._delete)
        self.clusters: Collection = cloud.collection(
            SERVICE, path, 'clusters', CollectionOptions(has_links=False, all_tenants='')
        )

    def add(self, project: str, has_stack: bool = True, **fields: Any) -> Item:
        """Add a cluster to a project, with its stack; its ``id`` is the one that it has here."""
        number = next(_numbers)
        identifier = str(uuid.UUID(int=number << 96 | number))
        defaults: Item = {
            'name': f'cluster-{number}', 'project_id': project, 'status': 'Active', 'status_description': '',
            'is_public': False, 'is_protected': False, 'trust_id': 'trust', 'created_at': '2026-11-20T12:00:00',
            'updated_at': '2026-11-20T12:01:00',
        }  # fmt: skip
        cluster = self.clusters.add(id=f'{project}/{identifier}', **(defaults | fields))
        if has_stack:
            self._heat.add(
                stack_name=f'{cluster["name"]}{identifier[:8]}', project=project, description=DESCRIPTION
            )
        return cluster

    def stack(self, cluster: Item) -> Item:
        """Return the stack of a cluster."""
        (found,) = (
            each
            for each in self._heat.stacks.items.values()
            if each['stack_name'].endswith(_plain(cluster)[:8])
        )
        return found

    def _page(self, request: Request) -> Item:
        return {'clusters': [_shown(each) for each in self._seen(request)]}

    def _seen(self, request: Request) -> list[Item]:
        return [
            each
            for each in self.clusters.items.values()
            if each['project_id'] == request.project_id or each['is_public']
        ]

    def _find(self, match: Any, request: Request) -> Item:
        for each in self._seen(request):
            if _plain(each) == match['id']:
                return each
        raise NotFound(404, f'Object with {match["id"]} not found', 'req-fake')

    def _patch(self, match: Any, request: Request) -> Item:
        cluster = self._find(match, request)
        if cluster['project_id'] != request.project_id:
            raise BadRequest(
                400, f"{match['id']} could not be updated because it wasn't created in this tenant"
            )
        cluster.update(request.body)
        return {'cluster': _shown(cluster)}

    def _delete(self, match: Any, request: Request) -> Item | None:
        cluster = self._find(match, request)
        if cluster['is_protected']:
            raise BadRequest(400, f"{match['id']} could not be deleted because it's marked as protected")
        if cluster['project_id'] != request.project_id:
            raise BadRequest(
                400, f"{match['id']} could not be deleted because it wasn't created in this tenant"
            )
        if request.body == {'force': True}:
            stacks = [each['stack_name'] for each in self._heat.stacks.items.values()]
            self.clusters.remove(cluster['id'])
            return {'stack_name': next((n for n in stacks if n.endswith(_plain(cluster)[:8])), None)}
        cluster['status'] = 'Deleting'
        stacks = [
            s for s in self._heat.stacks.items.values() if s['stack_name'].endswith(_plain(cluster)[:8])
        ]
        if cluster['name'] in self.stuck and stacks:
            stacks[0]['stack_status'] = 'DELETE_FAILED'
            return None
        self.clusters.leave(cluster, Deletion(seconds=5, status='Deleting'))
        for stack in stacks:
            self._heat.stacks.remove(stack['id'])
        return None


def _plain(cluster: Item) -> str:
    return str(cluster['id']).rpartition('/')[2]


def _shown(cluster: Item) -> Item:
    return {**cluster, **({'id': _plain(cluster)} if 'id' in cluster else {})}
