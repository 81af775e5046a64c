"""The files that volumes are in."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource


class BackingFile(Handler):
    """Answers for volumes and snapshots, and lists nothing itself."""

    kind = 'file-backend-volume'
    service = 'block-storage'

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        yield from ()

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return ()

    def backend_has(self, cloud: Cloud, resource: Resource) -> bool | None:
        """See :class:`orphancleanup.handler.KnowsBackend`."""
        if resource.kind not in ('cinder-volume', 'cinder-snapshot'):
            return None
        folder = Path(os.environ['FILE_BACKEND'])
        return any(resource.id in path.name for path in folder.iterdir())
