"""What a step in a database rests on: this run has tried all that is gentler, and its journal says so. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from orphancleanup.errors import DatabaseRefused
from orphancleanup.ladder import Step
from orphancleanup.model import Ref

#: how a step that was tried was answered; "unknown" and "too-late" tell nothing
_ANSWERED = frozenset({'accepted', 'refused', 'forbidden', 'unavailable', 'gone'})


def require_tried(ref: Ref, steps: Iterable[Step], journal: Iterable[Mapping[str, Any]]) -> None:
    """Return when each gentler step for a resource has been sent and answered in this run.

    :param steps: those of its own handler, for the resource as it is.
    :param journal: all records of the run.
    :raises DatabaseRefused: when one has not; names it.
    """
    answers = [
        (record.get('step'), record.get('reply'))
        for record in journal
        if record.get('event') == 'answer'
        and (record.get('kind'), record.get('id')) == (ref.kind, ref.id)
        and record.get('reply') in _ANSWERED
    ]
    tried = {step for step, _ in answers}
    is_forbidden = any(reply == 'forbidden' for _, reply in answers)
    # What leaves things behind need not be tried before what does not.
    own = [step for step in steps if not step.keeps_parts]
    wanted = [step.name for step in own if is_forbidden or not step.after_forbidden]
    missing = [name for name in wanted if name not in tried]
    if missing or not wanted:
        what = f'the step {missing[0]}' if missing else 'any gentler step'
        raise DatabaseRefused(
            f'The journal of this run does not show that {what} was tried for {ref}: the database is left alone.'
        )
