"""The exit codes.

0 clean: nothing to do, or all done · 1 a known error · 2 usage · 3 a defect · 4 work is left: a dry run found
something, an item is not gone, a scope could not be read, or something needs a person · 130 interrupted.
"""

from orphancleanup.judging.plan import Plan
from orphancleanup.results import Applied

CLEAN = 0
KNOWN_ERROR = 1
USAGE = 2
DEFECT = 3
WORK_LEFT = 4
INTERRUPTED = 130
#: what a shell makes of a program that writes into a closed pipe
BROKEN_PIPE = 141


def of_dry_run(plan: Plan) -> int:
    """Return the code of a dry run."""
    return WORK_LEFT if plan.entries or _beside(plan) else CLEAN


def of_apply(applied: Applied) -> int:
    """Return the code of an apply; what is left behind is somebody else's work, what could not be told is work left."""
    if applied.interrupted:
        return INTERRUPTED
    is_left = any(not outcome.result.is_done for outcome in applied.outcomes)
    return WORK_LEFT if is_left or _beside(applied.plan) or applied.warnings else CLEAN


def _beside(plan: Plan) -> bool:
    """Return whether work is left that is not in the plan: what could not be read, and what needs a person."""
    return bool(plan.unread or plan.unresolved)
