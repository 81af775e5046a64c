"""Workflows, the smallest whole handler: a table that says where they are and what their fields are called."""

from orphancleanup.table import TableHandler


class Workflow(TableHandler):
    """A workflow of Mistral."""

    kind = 'mistral-workflow'
    service = 'workflow'
    path = '/workflows'
    key = 'workflows'
    is_wrapped = False
    query = {'all_projects': 'true'}
    resource_types = ('OS::Mistral::Workflow',)
