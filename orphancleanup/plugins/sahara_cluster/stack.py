"""The stack that a cluster is made of, in Heat."""

import logging
from collections.abc import Iterator, Sequence

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import ApiError, IncompleteListing, NotFound
from orphancleanup.records import Record, segment

LOG = logging.getLogger(__name__)

KIND = 'heat-stack'
SERVICE = 'orchestration'
FAILED = 'DELETE_FAILED'
_NAME = 'stack_name'
# How the description of every stack begins that Sahara makes (sahara/service/heat/templates.py).
_BY_SAHARA = 'Data Processing Cluster by Sahara'


def of_project(inside: Cloud) -> Sequence[Record]:
    """Return the stacks of the project that a cloud is seen from.

    To an administrator Heat lists those of all projects; then each of them names its own.
    """
    return [each for each in _listed(inside) if each.get('project', inside.project_id) == inside.project_id]


def of_dead_project(cloud: Cloud, project_id: str) -> Sequence[Record]:
    """Return the stacks of a project that nobody gets a token of, as far as an administrator is shown them."""
    return [each for each in _listed(cloud) if each.get('project') == project_id]


def _listed(cloud: Cloud) -> Iterator[Record]:
    for each in cloud.service(SERVICE).pages('/stacks', 'stacks', {'show_hidden': 'true'}, past_end=True):
        for field in ('id', _NAME):
            records.identifier(each, KIND, field)
        yield each


def told(cluster: Record, stacks: Sequence[Record]) -> dict[str, str]:
    """Return what a cluster has to know of its stack: id, name and status; nothing when it has none.

    Sahara names it after the cluster and the first eight digits of its id (sahara/service/heat/heat_engine.py), does
    not tell the name, and does not follow when the cluster is given another one.

    :raises IncompleteListing: when several may be its own: one of them is not, and would go with it.
    """
    digits = str(cluster['id'])[:8]
    found = [each for each in stacks if each[_NAME] == f'{cluster["name"]}{digits}'] or [
        each
        for each in stacks
        if each[_NAME].endswith(digits) and str(each.get('description')).startswith(_BY_SAHARA)
    ]
    if not found:
        return {}
    several = {each['id'] for each in found}
    if len(several) > 1:
        names = ', '.join(sorted(several))
        raise IncompleteListing(
            f'Which stack is that of the cluster {cluster["id"]} cannot be told: {names} all have its digits in their '
            f'names; delete by hand what is none of it.'
        )
    return {
        'id': found[0]['id'],
        'name': found[0][_NAME],
        'status': records.required(found[0], 'stack_status', KIND),
    }


def delete(inside: Cloud, name: str, identifier: str) -> None:
    """Ask Heat to delete a stack, in the name of the caller and not of the cluster's creator."""
    inside.service(SERVICE).delete(f'/stacks/{segment(name)}/{segment(identifier)}')


def delete_after(inside: Cloud, name: str, identifier: str) -> None:
    """Ask the same after a step that was accepted: what comes of it does not undo that step.

    What Heat refuses now is tried again when the cluster is gone and its stack is not.
    """
    try:
        delete(inside, name, identifier)
    except NotFound:
        return
    except ApiError as error:
        LOG.warning('The stack %s of a cluster was not deleted right away: %s', identifier, error)
