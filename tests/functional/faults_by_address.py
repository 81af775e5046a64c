"""Runs in this process through a proxy that gives one wrong answer, for a pool of processes: values in, values out."""

import contextlib
import dataclasses
import functools
import math
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from orphancleanup import runs
from orphancleanup.clock import SystemClock
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.errors import OrphancleanupError
from orphancleanup.installed import registry
from orphancleanup.judging.selection import Request as Wish
from orphancleanup.model import Level, Ref
from orphancleanup.progress import Silence
from orphancleanup.report import exit_code
from orphancleanup.settings import ExecutionSettings, HttpSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from tests.faults.wrong_documents import LIES, no_row_of
from tests.functional import fault_proxy
from tests.functional.fault_proxy import Fault, Request

#: port, method, path without ids
Address = tuple[int, str, str]
_ID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}')
# A stack's name stands before its id.
_STACK = re.compile(r'(?<=/stacks/)[^/?]+(?=/)')
#: what of a query makes it another listing
_NARROWING = ('is_domain', 'soft_deleted', 'uuid', 'id', 'volume_id', 'parent_id')
#: seconds after which a client gives up; the proxy is silent for longer than all that a run has patience for
_TIMEOUT, _SILENCE = 3.0, 4.0
_PAGE = b'<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>'
_ERROR = b'{"error": {"message": "the proxy says no"}}'

REFUSALS = {
    **{str(status): Fault(status=status, body=_ERROR) for status in (401, 403, 404, 408, 409, 413, 429, 500)},
    '200 with a login page': Fault(status=200, body=_PAGE),
    '90 s of silence': Fault(delay=_SILENCE, reset='before'),
}
UNSEEN = 'done, and 90 s of silence'
ANSWERS = (*REFUSALS, *LIES, UNSEEN)


def address(request: Request) -> Address:
    """Return the address of a request."""
    path, _, query = request.path.partition('?')
    narrowed = [name for name in _NARROWING if re.search(rf'(^|&){name}=', query)]
    plain = _ID.sub('ID', _STACK.sub('NAME', path))
    return request.port, request.method, plain + ('?' + '&'.join(narrowed) if narrowed else '')


@dataclass(frozen=True, slots=True)
class Case:
    """A run with one wrong answer.

    :param where: the address; None for a run without faults.
    :param times: how many requests are answered so, the first ones.
    :param ours: the projects of the test: what a listing lacks is of them, if it has any of it.
    """

    wish: Wish
    where: Address | None = None
    answer: str = ''
    force: bool = True
    times: float = math.inf
    ours: frozenset[str] = frozenset()

    def __str__(self) -> str:
        place = f'{self.where[1]} :{self.where[0]}{self.where[2]}' if self.where else 'nowhere'
        return f'{self.answer} at {place}{", --force" if self.force else ""}'


@dataclass(slots=True)
class End:
    """What came of a run.

    :param results: what was planned, and whether the outcome says that it is gone; None when nothing was applied.
    :param harmed: how many requests were answered wrong.
    :param asked: every address with the number of requests, while planning and while applying.
    """

    code: int = 0
    planned: frozenset[Ref] = frozenset()
    results: dict[Ref, bool] | None = None
    trouble: str = ''
    harmed: int = 0
    changes: int = 0
    asked: tuple[list[Address], list[Address]] = field(default_factory=lambda: ([], []))


class _Mischief:
    """What is done to the requests of a case."""

    def __init__(self) -> None:
        self.case: Case | None = None
        self.left = 0.0

    def __call__(self, request: Request) -> Fault | None:
        case = self.case
        if case is None or address(request) != case.where or self.left <= 0:
            return None
        self.left -= 1
        if case.answer == UNSEEN:
            return Fault(hold=_SILENCE, reset='after')
        if case.answer in REFUSALS:
            return REFUSALS[case.answer]
        if request.method != 'GET':
            return Fault(status=202, body=b'{}')
        return _lie(request, case)

    def begin(self, case: Case | None) -> None:
        """Return wrong what a case says, from now on."""
        self.case, self.left = case, case.times if case else 0.0


def _lie(request: Request, case: Case) -> Fault:
    # A listing of the lab has but one page, unless it is asked for small ones.
    is_paged = (
        case.answer == 'a list without its link' and 'detail' in request.path and 'limit=' not in request.path
    )
    path = request.path + ('&' if '?' in request.path else '?') + 'limit=1' if is_paged else ''
    is_short = case.answer == 'a list without its last row'
    return Fault(
        path=path, rewrite=functools.partial(no_row_of, case.ours) if is_short else LIES[case.answer]
    )


def plan(case: Case, clouds_yaml: str) -> End:
    """Plan with a wrong answer."""
    return _gone_through(case, clouds_yaml, is_dry=True)


def apply(case: Case, clouds_yaml: str) -> End:
    """Plan without faults, then apply with a wrong answer."""
    return _gone_through(case, clouds_yaml, is_dry=False)


def _gone_through(case: Case, clouds_yaml: str, is_dry: bool) -> End:
    mischief, end = _Mischief(), End()
    with tempfile.TemporaryDirectory() as home, fault_proxy.running(mischief) as proxy:
        os.environ.update(proxy.variables | {'OS_CLIENT_CONFIG_FILE': clouds_yaml, 'XDG_STATE_HOME': home})
        try:
            _journey(case, mischief, end, proxy, is_dry)
        except OrphancleanupError as error:
            end.code = error.exit_code
        except Exception as error:
            end.code, end.trouble = exit_code.DEFECT, f'it ended as a defect: {error!r}'
        end.harmed, end.changes = len(proxy.harmed), len(proxy.changes())
        end.asked[1].extend(address(each) for each in proxy.seen[len(end.asked[0]) :])
    return end


def _journey(case: Case, mischief: _Mischief, end: End, proxy: fault_proxy.Proxy, is_dry: bool) -> None:
    is_harmed = case.where is not None
    with _site(_settings(case.force, is_harmed and is_dry)) as site:
        mischief.begin(case if is_dry else None)
        made = runs.review(site, case.wish).plan
    end.planned = frozenset(entry.ref for entry in made.entries)
    end.code = exit_code.of_dry_run(made)
    if is_dry or not made.entries:
        end.asked[0].extend(map(address, proxy.seen))
        return
    with _site(_settings(case.force, is_harmed)) as site:
        # The login is not part of what is applied.
        end.asked[0].extend(map(address, proxy.seen))
        mischief.begin(case)
        applied = runs.apply(site, made, RunFolder.create(site.clock))
    end.code = exit_code.of_apply(applied)
    end.results = {outcome.ref: outcome.result.is_done for outcome in applied.outcomes}


@contextlib.contextmanager
def _site(settings: Settings) -> Iterator[Site]:
    cloud = open_cloud(CloudSpec('lab'), settings.http)
    try:
        yield Site(cloud, registry.load(), SystemClock(), settings, Silence())
    finally:
        cloud.close()


def _settings(force: bool, is_harmed: bool) -> Settings:
    """Return settings with little patience where an answer is wrong: what follows the end of it is what is tested."""
    levels = frozenset({Level.API, Level.FORCE} if force else {Level.API})
    execution = ExecutionSettings(levels=levels, first_poll=0.2, last_poll=1.0)
    limits = Limits(max_share=100)
    if not is_harmed:
        return Settings(execution=execution, limits=limits)
    kinds = ('cinder-volume', 'cinder-snapshot')
    return Settings(
        http=HttpSettings(timeout=_TIMEOUT, attempts=2, longest_wait=0.1),
        execution=dataclasses.replace(execution, deadlines=dict.fromkeys(kinds, 4.0)),
        limits=limits,
    )
