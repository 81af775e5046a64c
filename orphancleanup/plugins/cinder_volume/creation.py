"""Whether the creation of a volume failed: the status ``error`` alone does not tell it.

An administrator sets that status by hand, a failover sets it to what has its data, and a service that begins anew does.
Cinder does not show when a volume was launched. Two things prove that its creation failed. No backend has it: the
scheduler found none, and what one could not make is taken back before the next one is tried
(cinder/volume/flows/manager/create_volume.py, ``_pre_reschedule``). Or Cinder says so right when it sets the status; of
an attempt that failed before one that did not it tells earlier.
"""

import datetime
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import Forbidden, IncompleteListing, NotFound
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.records import Record, identifier, timestamp

_HOST = 'os-vol-host-attr:host'
# A failover sets volumes that were not replicated to "error", and tells it by "not-capable" (cinder/volume/manager.py,
# ``failover``); new ones are never that.
_NEVER_FAILED_OVER = frozenset({'', 'disabled', 'enabled'})
#: what Cinder could not do: "schedule allocate volume", "copy image to volume", "create volume from backend storage"
#: (cinder/message/message_field.py, ``Action``)
_EVENT = re.compile(r'VOLUME_VOLUME_00[158]_[0-9]+')
#: by which the status may be younger than what Cinder tells about why it was set
_RIGHT_AFTER = datetime.timedelta(seconds=60)
#: volumes that are told of together
_TOGETHER = 100
#: of so many volumes in doubt at most Cinder is asked one by one; of more, for all that it tells
_FEW = 8


def told(cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
    """Yield volumes, in their order, with whether their creation is known to have failed; a few of them at a time."""
    listed, everything, in_doubt = iter(found), None, 0
    while some := list(itertools.islice(listed, _TOGETHER)):
        asked = [
            identifier(each, 'cinder-volume')
            for each in some
            if _may_have_failed(each) and not _is_nowhere(each)
        ]
        in_doubt += len(asked)
        if everything is None and in_doubt > _FEW:
            everything = _messages(cloud, ('',))
        messages = _messages(cloud, asked) if everything is None else everything
        for each in some:
            yield {**each, 'has_failed': _may_have_failed(each) and _has_failed(each, messages)}


def _may_have_failed(record: Record) -> bool:
    """Return whether nothing shows that a volume in ``error`` has lived."""
    failed_over = (record.get('replication_status') or '') not in _NEVER_FAILED_OVER
    return record.get('status') == 'error' and not record.get('attachments') and not failed_over


def _is_nowhere(record: Record) -> bool:
    return _HOST in record and not record[_HOST]


def _has_failed(record: Record, messages: Mapping[str, Sequence[Record]]) -> bool:
    if _is_nowhere(record):
        return True
    since = timestamp(record.get('updated_at'))
    moments = (timestamp(each.get('created_at')) for each in messages.get(str(record.get('id')), ()))
    return any(since and moment and abs(since - moment) <= _RIGHT_AFTER for moment in moments)


def _messages(cloud: Cloud, names: Sequence[str]) -> Mapping[str, Sequence[Record]]:
    """Return what Cinder tells of failed creations, by volume; nothing where we may not read it.

    :param names: the ids of volumes; an empty one stands for all.
    """
    found: dict[str, list[Record]] = defaultdict(list)
    try:
        listed = cloud.ask_each(names, lambda name: list(block_storage.told(cloud, name))) if names else []
    except IncompleteListing as error:
        if not isinstance(error.__cause__, Forbidden | NotFound):
            raise
        return {}
    for message in (each for some in listed for each in some):
        if _EVENT.fullmatch(str(message.get('event_id'))):
            found[str(message.get('resource_uuid'))].append(message)
    return found
