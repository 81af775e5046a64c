"""What ``cleanup`` can do, one function a mode. Each returns its rows and its exit code."""

import dataclasses
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from orphancleanup import runs
from orphancleanup.cli import applying, opening, output_files, projects, requests
from orphancleanup.cli.applying import ReportFile
from orphancleanup.cli.command import is_for_machines
from orphancleanup.errors import PlanError
from orphancleanup.installed import ladders, registry
from orphancleanup.installed.registry import Registry
from orphancleanup.judging.attribution import Attribution
from orphancleanup.judging.selection import Request
from orphancleanup.judging.trials import TestRun
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.report import asked, document, exit_code, summary, tests, verdicts
from orphancleanup.results import Review
from orphancleanup.site import Site
from orphancleanup.storing import plan_file, saved_state, validity
from orphancleanup.storing.run_folder import RunFolder

if TYPE_CHECKING:
    from orphancleanup.cli.application import Application

Rows = list[tuple[Any, ...]]
Mode = Callable[['Application', Namespace], tuple[Rows, int]]

SAVED_COLUMNS = ('Kind', 'Resources', 'Complete')
SAVED_FIELDS = ('kind', 'resources', 'complete')


def mode_of(parsed_args: Namespace) -> Mode:
    """Return the mode that was asked for."""
    if parsed_args.init_saved_state:
        return save_state
    if parsed_args.plan:
        return apply_kept_plan
    return dry_run if parsed_args.dry_run else plan_and_apply


def save_state(application: 'Application', parsed_args: Namespace) -> tuple[Rows, int]:
    """Write a saved state."""
    path = parsed_args.init_saved_state
    settings = opening.read_settings(application)
    handlers = registry.load()
    with opening.open_site(application, settings, handlers) as site:
        saved = runs.save_state(site)
    baseline = saved.baseline
    saved_state.write(path, baseline, parsed_args.overwrite)
    numbers = Counter(ref.kind for ref in baseline.resources)
    application.screen.say_below([f'{summary.count(len(baseline.resources), "resource")} written to {path}.'])
    application.screen.say_below(summary.of_absent(saved.absent))
    unread = [kind for kind in handlers.order if kind not in baseline.complete and kind not in saved.absent]
    if unread:
        application.screen.tell_below(
            [
                *summary.of_unread(saved.unread),
                f'The saved state says nothing about {", ".join(unread)}: with --preserve-state everything of these '
                f'kinds will be kept.',
            ]
        )
    # What was not looked for is told below; a person need not read it twice.
    shown = [each for each in handlers.order if is_for_machines(parsed_args) or each not in saved.absent]
    rows: Rows = [(kind, numbers[kind], kind in baseline.complete) for kind in shown]
    return rows, exit_code.WORK_LEFT if unread else exit_code.CLEAN


def dry_run(application: 'Application', parsed_args: Namespace) -> tuple[Rows, int]:
    """Show what would go."""
    settings, handlers, request = _asked(application, parsed_args)
    run = test_run(parsed_args)
    with opening.open_site(application, settings, handlers) as site:
        result = _review(application, site, parsed_args, request)
        account = _account(result, handlers, attributed(application, site, result, run))
    application.screen.say_below(summary.of_breaches(result.breaches))
    code = exit_code.of_dry_run(result.plan)
    if parsed_args.plan_file:
        output_files.write(parsed_args.plan_file, plan_file.dump(result.plan), parsed_args.overwrite)
        how = f'apply it with: orphancleanup cleanup --plan {parsed_args.plan_file}'
        application.screen.say_below([f'The plan is in {parsed_args.plan_file}; {how}'])
    ReportFile('dry-run', parsed_args.report_file, parsed_args.overwrite).write(account, code)
    return _verdict_rows(account, parsed_args), code


def plan_and_apply(application: 'Application', parsed_args: Namespace) -> tuple[Rows, int]:
    """Plan, show, ask, apply."""
    settings, handlers, request = _asked(application, parsed_args)
    run = test_run(parsed_args)
    applying.check_consent(application, parsed_args, 'look at the plan with --dry-run')
    with opening.open_site(application, settings, handlers) as site:
        result = _review(application, site, parsed_args, request)
        found = attributed(application, site, result, run)
        return _apply(application, site, parsed_args, _account(result, handlers, found))


def apply_kept_plan(application: 'Application', parsed_args: Namespace) -> tuple[Rows, int]:
    """Apply a plan that was kept."""
    applying.check_consent(application, parsed_args, f'read {parsed_args.plan}')
    plan, run = plan_file.read(parsed_args.plan), test_run(parsed_args)
    handlers = registry.load()
    settings = requests.settings_with(opening.read_settings(application), parsed_args, handlers)
    with opening.open_site(application, settings, handlers) as site:
        runs.check_plan(site, plan)
        application.screen.say_below([f'The plan was made {validity.age_of(plan, site.clock.now())}.'])
        application.screen.say_below(summary.of_plan(plan) + summary.of_work(plan))
        found = None
        if run is not None:
            found = runs.attribute(site, [entry.resource for entry in plan.entries], plan.projects, run)
            application.screen.say_below(tests.lines(found))
        account = document.Account(plan, runs.breaches(site, plan), tests=found)
        return _apply(application, site, parsed_args, account)


def _asked(application: 'Application', parsed_args: Namespace) -> tuple[Any, Registry, Request]:
    """Read everything that can be refused before a request is made."""
    handlers = registry.load()
    configured = opening.read_settings(application)
    request = requests.request_of(parsed_args, handlers, configured)
    return requests.settings_with(configured, parsed_args, handlers), handlers, request


def _review(application: 'Application', site: Site, parsed_args: Namespace, request: Request) -> Review:
    """Review the cloud, and say in a few lines what came of it."""
    request = within_projects(site, parsed_args, request)
    result = runs.review(site, request)
    application.screen.say_below(summary.of_review(result.verdicts, result.inventory, result.plan))
    application.screen.say_below(summary.of_vanished(result.vanished))
    application.screen.say_below(summary.of_changed(result.changed))
    application.screen.say_below(asked.lines(request, result.inventory, site.registry.selected_by))
    return result


def within_projects(site: Site, parsed_args: Namespace, request: Request) -> Request:
    """Return the request with the projects that ``--project`` names."""
    from orphancleanup.clouds.projects import read_projects

    if not parsed_args.project:
        return request
    found = projects.resolve(parsed_args.project, lambda: read_projects(site.cloud))
    return dataclasses.replace(request, reach=dataclasses.replace(request.reach, projects=found))


def test_run(parsed_args: Namespace) -> TestRun | None:
    """Read the results that ``--tempest-results`` names, if it does.

    :raises UsageError: when they cannot be read.
    """
    from orphancleanup.tempest import results

    return results.read(parsed_args.tempest_results) if parsed_args.tempest_results else None


def attributed(
    application: 'Application', site: Site, result: Review, run: TestRun | None
) -> Attribution | None:
    """Say which test left what, and return it; None without results."""
    if run is None:
        return None
    leaked = [verdict.resource for verdict in result.verdicts if verdict.reasons]
    found = runs.attribute(site, leaked, result.inventory.projects, run)
    application.screen.say_below(tests.lines(found))
    return found


def _account(result: Review, handlers: Registry, found: Attribution | None) -> document.Account:
    def ladder(resource: Resource) -> Sequence[Step]:
        return ladders.steps(handlers, resource)

    judged = document.Judged(result.inventory, result.verdicts, ladder, result.vanished, result.changed)
    return document.Account(result.plan, result.breaches, judged, tests=found)


def _verdict_rows(account: document.Account, parsed_args: Namespace) -> Rows:
    judged, found = account.judged, account.tests
    assert judged
    if is_for_machines(parsed_args):
        return [tuple(each.values()) for each in document.verdicts(judged, found)]
    rows = verdicts.rows(judged.verdicts, judged.inventory, parsed_args.all)
    return [(*row, *applying.test_cell(parsed_args, found, Ref(row[0], row[1]))) for row in rows]


def _apply(
    application: 'Application', site: Site, parsed_args: Namespace, account: document.Account
) -> tuple[Rows, int]:
    report = ReportFile('apply', parsed_args.report_file, parsed_args.overwrite)
    plan = account.plan
    if not plan.entries:
        application.screen.say_below(['There is nothing to remove.'])
        code = exit_code.of_dry_run(plan)
        report.write(account, code)
        return [], code
    digest = plan_file.digest(plan)
    try:
        applying.agree(application, site, parsed_args, account)
    except PlanError as error:
        report.write(account, error.exit_code)
        raise
    with applying.kept_if_begun(RunFolder.create(site.clock)) as folder:
        applied = applying.run(application, folder, lambda: runs.apply(site, plan, folder, digest))
    account = dataclasses.replace(account, done=applied)
    reports = [ReportFile('apply', folder.report, True), report]
    rows = applying.outcome_rows(parsed_args, applied, account.tests)
    return rows, applying.finish(application, applied, account, reports)
