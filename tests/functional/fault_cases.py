"""Which wrong answers are tried on which addresses: a part that chance chooses, or what the environment names.

``FAULT_SEED`` makes the same choice again, ``ALL_FAULTS=1`` tries all, and ``FAULTS`` those whose names it matches
(``FAULTS='404 at DELETE'``).
"""

import itertools
import os
import random
import re
from collections.abc import Iterator, Sequence

from lab.scenarios.project import Project
from orphancleanup.judging.selection import Reach, Request, Selection
from tests.functional.faults_by_address import ANSWERS, UNSEEN, Address, Case

#: how many runs are under way at a time, and the seconds that one may take: where a listing is silent, each step waits
#: for it as often as an unknown end is tried again
PROCESSES, SECONDS = 4, 400.0
#: of a listing that is short by itself, nobody can know whether all is there
CUT = frozenset({'an empty list', 'a list without its last row', 'a list without its link'})


def chosen(cases: Sequence[Case], count: int) -> list[Case]:
    """Return the cases that are tried."""
    seed = int(os.environ.get('FAULT_SEED', random.randrange(10**6)))
    is_all = os.environ.get('ALL_FAULTS') == '1' or 'FAULTS' in os.environ
    meant = [case for case in cases if re.search(os.environ.get('FAULTS', ''), str(case))]
    found = meant if is_all else random.Random(seed).sample(meant, min(count, len(meant)))
    print(f'FAULT_SEED={seed}; {len(found)} of {len(cases)} cases')
    assert found, 'no case is tried'
    return found


def worth_trying(asked: Sequence[Address]) -> Iterator[tuple[Address, str]]:
    """Yield each address with each answer that differs from the others there."""
    for where, answer in itertools.product(sorted(set(asked)), ANSWERS):
        is_reading = where[1] == 'GET'
        # What is accepted and forgotten, and what is done unseen, there is of changes only.
        if (answer in CUT and not is_reading) or (answer == UNSEEN and is_reading):
            continue
        yield where, answer


def everything(*projects: Project) -> Request:
    return Request(
        Selection(everything=True), Reach(projects=frozenset(each.project_id for each in projects))
    )
