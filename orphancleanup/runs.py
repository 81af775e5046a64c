"""The journey of a clean-up, readable at a glance: survey, judge, plan, apply, report."""

from collections.abc import Mapping
from dataclasses import dataclass

from orphancleanup.model import Inventory, Verdict
from orphancleanup.plan import Plan


@dataclass(frozen=True, slots=True)
class Review:
    """What a dry run ends with.

    :param breaches: a sentence for each limit that the plan breaks; with one of them it must not be applied.
    """

    inventory: Inventory
    verdicts: tuple[Verdict, ...]
    plan: Plan
    breaches: tuple[str, ...] = ()
    requests: Mapping[str, int] = None  # type: ignore[assignment]
