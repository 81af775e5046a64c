"""The journey of a clean-up, readable at a glance: survey, judge, plan, apply, report.

What a script calls. Every refusal that keeps a cloud safe is here or below: a script is as safe as the commands.
"""

from orphancleanup.results import Applied, Comparison, Explanation, Review, Saved
from orphancleanup.runs.acceptance import breaches, check_baseline, check_origin, check_plan
from orphancleanup.runs.applying import apply, resume
from orphancleanup.runs.attributing import attribute
from orphancleanup.runs.reviewing import explain, review
from orphancleanup.runs.surveying import absent, diff, save_state, survey
from orphancleanup.site import OpenCloud, Site

__all__ = [
    'Applied',
    'Comparison',
    'Explanation',
    'OpenCloud',
    'Review',
    'Saved',
    'Site',
    'absent',
    'apply',
    'attribute',
    'breaches',
    'check_baseline',
    'check_origin',
    'check_plan',
    'diff',
    'explain',
    'resume',
    'review',
    'save_state',
    'survey',
]
