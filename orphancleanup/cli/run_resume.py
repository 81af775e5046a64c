"""``orphancleanup run resume``: go on with a run that was killed or interrupted."""

import argparse
from collections.abc import Sequence
from typing import Any

from orphancleanup.cli import applying, arguments, opening, output_files
from orphancleanup.cli.command import Lister


class RunResume(Lister):
    """Go on with a run that was killed or interrupted.

    It looks at the cloud again, and removes what is left of the plan of that run and nothing else. --force and the
    like, and limits that were raised, must be given again. The plan may be old; its age is told.
    """

    headings = ('Project', 'Result', 'Why')
    examples = 'RUN may be the beginning of an id, or "latest".'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser."""
        parser = super().get_parser(prog_name)
        parser.add_argument('run', metavar='RUN', help='as "run list" shows it')
        arguments.add_levels(parser)
        arguments.add_limits(parser)
        arguments.add_output(parser)
        return parser

    def columns(self, parsed_args: argparse.Namespace) -> Sequence[str]:
        """Return the columns of what became of the plan."""
        return applying.outcome_columns(parsed_args)

    def rows(self, parsed_args: argparse.Namespace) -> list[tuple[Any, ...]]:
        """Ask, go on, and tell what came of it."""
        from orphancleanup import runs
        from orphancleanup.cli import requests
        from orphancleanup.installed import registry
        from orphancleanup.report import document
        from orphancleanup.storing import plan_file, validity
        from orphancleanup.storing.run_folder import RunFolder

        look = f'see what is in its plan with "orphancleanup run show {parsed_args.run}"'
        applying.check_consent(self.app, parsed_args, look)
        output_files.check('--report-file', parsed_args.report_file, parsed_args.overwrite)
        folder = RunFolder.find(parsed_args.run)
        plan = plan_file.read(folder.plan)
        handlers = registry.load()
        settings = requests.settings_with(opening.read_settings(self.app), parsed_args, handlers)
        with opening.open_site(self.app, settings, handlers) as site:
            runs.check_origin(site, plan)
            self.app.screen.say_below([f'The plan was made {validity.age_of(plan, site.clock.now())}.'])
            agreed = document.Account(plan, runs.breaches(site, plan))
            applying.agree(self.app, site, parsed_args, agreed)
            digest = plan_file.digest(plan)
            applied = applying.run(self.app, folder, lambda: runs.resume(site, folder, digest))
        account = document.Account(plan, done=applied)
        reports = [
            applying.ReportFile('resume', folder.report, True),
            applying.ReportFile('resume', parsed_args.report_file, parsed_args.overwrite),
        ]
        self.exit_code = applying.finish(self.app, applied, account, reports)
        return applying.outcome_rows(parsed_args, applied)
