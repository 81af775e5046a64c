"""Projects of one name, of which each domain may have one, are told apart wherever people read of them."""

import dataclasses

from orphancleanup.judging.plan import Entry, Plan
from orphancleanup.judging.verdict import Reason, Verdict
from orphancleanup.model import Inventory, Project, Ref, Resource
from orphancleanup.outcome import Outcome, Result
from orphancleanup.report import outcomes, projects, summary, verdicts
from tests.unit import samples

PROJECTS = {
    each.id: each
    for each in (Project('p1', 'demo', 'one'), Project('p2', 'demo', 'two'), Project('p3', 'alone', 'one'))
}
NAMED = Reason('named', 'named by --resource')
THINGS = tuple(
    Resource(Ref('nova-server', f's{number}'), project_id=project)
    for number, project in enumerate(('p1', 'p2', 'p3', 'gone', ''))
)
TOLD = ['demo (p1)', 'demo (p2)', 'alone', '(missing) gone', '']
PLAN = Plan(samples.CLOUD, samples.NOW, tuple(Entry(each, (NAMED,)) for each in THINGS), projects=PROJECTS)


def test_a_name_that_several_have_comes_with_the_id():
    assert [projects.shown_name(each.project_id, projects.names(PROJECTS)) for each in THINGS] == TOLD
    assert projects.shown_name('gone', {}, known=False) == '(unknown) gone'


def test_the_rows_of_a_review_and_of_a_plan_tell_them_apart():
    judged = [Verdict(each, (NAMED,)) for each in THINGS]
    inventory = Inventory({each.ref: each for each in THINGS}, PROJECTS)
    assert [row[3] for row in verdicts.rows(judged, inventory)] == TOLD
    assert [row[3] for row in verdicts.plan_rows(PLAN)] == TOLD


def test_the_rows_of_what_was_done_tell_them_apart():
    done = [Outcome(each.ref, '', each.project_id, Result.REMOVED) for each in THINGS]
    records = list(outcomes.records(done, PLAN))
    assert [row[3] for row in outcomes.rows(records)] == TOLD
    assert [each['project'] for each in records][:2] == ['demo', 'demo'], 'programs have the id beside it'


def test_a_summary_adds_up_no_two_projects():
    two = dataclasses.replace(PLAN, entries=PLAN.entries[:2])
    assert summary.of_plan(two) == [
        'To remove: 2 (nova-server 2).',
        '  from project demo (p1): 1 (nova-server 1).',
        '  from project demo (p2): 1 (nova-server 1).',
    ]
