"""The exit codes.

0 clean: nothing to do, or all done · 1 a known error · 2 usage · 3 a defect · 4 work is left: a dry run found
something, an item is not gone, or a scope could not be read · 130 interrupted.
"""

from collections.abc import Iterable

from orphancleanup.model import Unread
from orphancleanup.outcome import Outcome
from orphancleanup.plan import Plan

CLEAN = 0
KNOWN_ERROR = 1
USAGE = 2
DEFECT = 3
WORK_LEFT = 4
INTERRUPTED = 130
#: what a shell makes of a program that writes into a closed pipe
BROKEN_PIPE = 141


def of_dry_run(plan: Plan) -> int:
    """Answer the code of a dry run."""
    return WORK_LEFT if plan.entries or plan.unread else CLEAN


def of_apply(outcomes: Iterable[Outcome], unread: Iterable[Unread], is_interrupted: bool) -> int:
    """Answer the code of an apply."""
    if is_interrupted:
        return INTERRUPTED
    is_left = any(not outcome.result.is_done for outcome in outcomes)
    return WORK_LEFT if is_left or any(True for _ in unread) else CLEAN
