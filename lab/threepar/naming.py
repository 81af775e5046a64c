"""The names that Cinder's 3PAR driver gives on the array (cinder/volume/drivers/hpe/hpe_3par_common.py)."""

import base64
import uuid

_TO_NAME = str.maketrans('+/', '.-')


def name(prefix: str, identifier: str) -> str:
    """Return the name of what Cinder knows by an id.

    :param prefix: ``osv`` of a volume, ``oss`` of a snapshot, ``vvs`` of a volume's set, ``tss`` of what is temporary.
    """
    text = base64.b64encode(uuid.UUID(identifier).bytes).decode().translate(_TO_NAME)
    return f'{prefix}-{text.rstrip("=")}'
