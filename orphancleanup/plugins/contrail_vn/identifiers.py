"""How ids are written: by Contrail with dashes, by Keystone without. Pure."""

import sys
import uuid

from orphancleanup.errors import IncompleteListing
from orphancleanup.model import Ref


def keystone_id(identifier: str) -> str:
    """Return the uuid of a project as Keystone writes it: without dashes.

    :raises IncompleteListing: when it is none: a project that cannot be named is no project that is gone.
    """
    try:
        return sys.intern(uuid.UUID(identifier).hex)
    except ValueError as error:
        raise IncompleteListing(
            f'Contrail names a project {identifier!r:.80}: that is no uuid, so that nothing may be concluded about it.'
        ) from error


def require_own(ref: Ref) -> None:
    """Return when an id is written as Contrail writes it; by any other one it finds nothing (404), whatever is there.

    :raises IncompleteListing: when it is not.
    """
    try:
        known = str(uuid.UUID(ref.id))
    except ValueError as error:
        raise IncompleteListing(
            f'{ref}: that is no uuid, and Contrail finds nothing by anything else.'
        ) from error
    if known != ref.id:
        raise IncompleteListing(
            f'{ref}: Contrail writes this {known}, and finds nothing by any other spelling; name it so.'
        )
