"""What a resume believes of the journal of the life before: that it is of this plan, or nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orphancleanup.errors import JournalError, PlanError

#: event to what its records must tell, each a text
_NAMES = {
    'intent': ('kind', 'id', 'step'),
    'answer': ('kind', 'id', 'step', 'reply'),
    'grant': ('project_id', 'user_id', 'role_id'),
    'granted': ('project_id', 'user_id', 'role_id'),
    'revoked': ('project_id', 'user_id', 'role_id'),
}


def check(earlier: Sequence[Mapping[str, Any]], digest: str, journal: Path) -> None:
    """Refuse to go on with another plan than the one that the run began with.

    :param earlier: all records of the run's journal; none when it was killed before it did anything.
    :param digest: of the plan that lies beside the journal; see :func:`orphancleanup.storing.plan_file.digest`.
    :param journal: where the records are from, for the sentence.
    :raises JournalError: when a record is none of a run, or none tells which plan they are of.
    :raises PlanError: when they are of another plan.
    """
    for number, record in enumerate(earlier, 1):
        wanted = _NAMES.get(str(record.get('event')), ())
        if not all(isinstance(record.get(name), str) and record[name] for name in wanted):
            raise JournalError(
                f'Line {number} of the journal {journal} is no record of a run; the run cannot be resumed.'
            )
    begun_with = [record.get('digest') for record in earlier if record.get('event') == 'start']
    if earlier and not begun_with:
        raise JournalError(
            f'The journal {journal} does not tell which plan it is of; the run cannot be resumed: look at what is '
            f'left with a new "cleanup --dry-run".'
        )
    if any(each != digest for each in begun_with):
        raise PlanError(
            f'The plan beside the journal {journal} is not the one that the run began with; nothing was removed: put '
            f'that one back, or look at what is left with a new "cleanup --dry-run".'
        )
