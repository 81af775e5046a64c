"""``orphancleanup explain``: everything that is known about one resource."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orphancleanup.cli import arguments, opening
from orphancleanup.cli.command import Show, is_for_machines
from orphancleanup.cli.parsing import taking
from orphancleanup.errors import OrphancleanupError
from orphancleanup.model import Ref
from orphancleanup.sentences import clause

if TYPE_CHECKING:
    from orphancleanup.judging.selection import Request
    from orphancleanup.judging.verdict import Verdict
    from orphancleanup.model import Resource
    from orphancleanup.report import related
    from orphancleanup.results import Explanation

FIELDS = (
    'kind',
    'id',
    'name',
    'status',
    'created_at',
    'updated_at',
    'project',
    'asked',
    'decision',
    'reasons',
    'guards',
    'owners',
    'others',
    'alters',
    'relations',
    'ladder',
    'evidence',
    'test',
)


class Explain(Show):
    """Tell everything known about one resource: project, reasons, relations, and the steps to remove it.

    With options that select, it tells what "cleanup" would do with the resource; without any, whether it is orphaned or
    stuck. Nothing is changed. When the resource does not exist, that is one sentence and exit code 1.
    """

    examples = """\
Examples:
  orphancleanup explain cinder-volume:ID
  orphancleanup explain cinder-volume:ID --preserve-state --older-than 1d
  orphancleanup explain cinder-volume:ID --preserve-state --tempest-results .stestr
"""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('ref', metavar='KIND:ID', type=taking(Ref.parse), help='the resource')
        arguments.add_selection(parser)
        arguments.add_scope(parser)
        arguments.add_guards(parser)
        arguments.add_results(parser)
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the fields."""
        return FIELDS

    def values(self, parsed_args: argparse.Namespace) -> tuple[Any, ...]:
        """Read what is needed to judge the resource, and tell what came of it."""
        from orphancleanup import runs
        from orphancleanup.cli import modes, requests
        from orphancleanup.installed import registry

        if not arguments.given(parsed_args, arguments.SELECTION):
            parsed_args.orphans, parsed_args.stuck = True, arguments.STUCK
        handlers = registry.load()
        handlers.handler(parsed_args.ref.kind)
        settings = opening.read_settings(self.app)
        request: Request = requests.request_of(parsed_args, handlers, settings)
        run = modes.test_run(parsed_args)
        with opening.open_site(self.app, settings, handlers) as site:
            reached = modes.within_projects(site, parsed_args, request)
            told = runs.explain(site, parsed_args.ref, reached, run)
        if told.resource is None or told.verdict is None:
            why = clause(told.absent) or 'its service says so'
            raise OrphancleanupError(f'{parsed_args.ref} does not exist: {why}.')
        record = _record(told.resource, told.verdict, told)
        record['asked'] = ' '.join(arguments.given(parsed_args, arguments.SELECTION))
        return tuple((record if is_for_machines(parsed_args) else _readable(record)).values())


def _record(resource: 'Resource', verdict: 'Verdict', told: 'Explanation') -> dict[str, Any]:
    """Return an explanation as plain JSON values, under the names of ``FIELDS``."""
    from orphancleanup.report import outcomes, related, tests, verdicts

    return {
        'kind': resource.kind,
        'id': resource.id,
        'name': resource.name,
        'status': resource.status,
        'created_at': resource.created_at.isoformat() if resource.created_at else None,
        'updated_at': resource.updated_at.isoformat() if resource.updated_at else None,
        'project': told.project,
        'asked': '',
        'decision': str(verdict.decision),
        'reasons': [verdicts.coded(reason) for reason in verdict.reasons],
        'guards': [verdicts.coded(guard) for guard in verdict.guards],
        'owners': [str(owner) for owner in verdict.owners],
        'others': verdicts.other_records(resource),
        'alters': [str(ref) for ref in resource.alters],
        'relations': [related.record(each) for each in _holders(resource, told)],
        'ladder': [verdicts.step_record(step) for step in told.steps],
        'evidence': [outcomes.evidence_record(each) for each in told.evidence],
        'test': tests.record(told.test),
    }


def _holders(resource: 'Resource', told: 'Explanation') -> 'Sequence[related.Holder]':
    """Return what keeps the resource from going, with whether that goes itself, and whose it is."""
    from orphancleanup.report import related

    ends = {each.ref: str(each.end) for each in told.relations}
    return related.of_holders(resource, told.holders, ends, told.projects)


def _readable(record: dict[str, Any]) -> dict[str, Any]:
    """Return the same with a line for each element of a list."""
    from orphancleanup.report import outcomes, related, tests, verdicts

    lines = {
        'decision': record['decision'].replace('-', ' '),
        'reasons': [each['text'] for each in record['reasons'] or ()] or ['not selected'],
        'guards': [each['text'] for each in record['guards'] or ()],
        'others': verdicts.counted(each['resource_type'] for each in record['others']),
        'relations': [related.line(each) for each in record['relations']],
        'ladder': [_step_text(number, each) for number, each in enumerate(record['ladder'] or (), 1)],
        'evidence': [outcomes.evidence_text(each) for each in record['evidence'] or ()],
        'test': tests.sentences(record['test']),
    }
    return {**record, **lines}


def _step_text(number: int, step: dict[str, str]) -> str:
    from orphancleanup.report import verdicts

    needs = verdicts.step_needs(step)
    allowed = f', needs {needs}' if needs else ''
    return f'{number}. {step["name"]} ({step["level"]}{allowed})'
