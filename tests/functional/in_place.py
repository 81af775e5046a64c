"""A package of handlers as if it were installed: its own metadata in a folder, and that folder on the path."""

import configparser
from pathlib import Path


def announce(project: Path, folder: Path) -> str:
    """Write the metadata that an installation of a project would, from its setup.cfg.

    :param project: the folder of the project.
    :param folder: where the metadata goes.
    :returns: what ``PYTHONPATH`` has to begin with.
    """
    setup = configparser.ConfigParser(delimiters=('=',), interpolation=None)
    # Names of entry points keep their case.
    setup.optionxform = str  # type: ignore[assignment,method-assign]
    setup.read(project / 'setup.cfg')
    name, version = setup['metadata']['name'], setup['metadata']['version']
    metadata = folder / f'{name.replace("-", "_")}-{version}.dist-info'
    metadata.mkdir(parents=True)
    requires = setup['options']['install_requires'].strip()
    (metadata / 'METADATA').write_text(
        f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: {requires}\n'
    )
    entries = ''.join(f'[{group}]\n{text.strip()}\n' for group, text in setup['options.entry_points'].items())
    (metadata / 'entry_points.txt').write_text(entries)
    return f'{folder}:{project}'
