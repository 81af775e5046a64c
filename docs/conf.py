"""Sphinx configuration. Warnings are errors; code blocks come out of tested files."""

import importlib.metadata

project = 'orphancleanup'
author = 'The orphancleanup authors'
project_copyright = author
release = version = importlib.metadata.version('orphancleanup').partition('.dev')[0]

extensions = ['sphinx.ext.autodoc']
html_theme = 'alabaster'
html_theme_options = {
    'description': 'Finds and safely removes what is left behind in an OpenStack cloud',
    'page_width': '1080px',
    'fixed_sidebar': True,
}
html_sidebars = {'**': ['about.html', 'navigation.html', 'searchbox.html']}
exclude_patterns = ['_build', 'generated', 'examples']
highlight_language = 'none'

autodoc_member_order = 'bysource'
autodoc_typehints = 'signature'
autodoc_class_signature = 'mixed'
python_use_unqualified_type_names = True
