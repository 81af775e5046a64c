"""Packages of handlers that are installed for a test: a folder on the path, with metadata and modules."""

from pathlib import Path

WIDGET = '''\
"""Widgets."""

from orphancleanup.handler import Handler


class Widget(Handler):
    """A widget."""

    kind = 'widget'
    service = 'compute'

    def discover(self, cloud):
        return ()

    def look(self, cloud, ref):
        return None

    def ladder(self, resource):
        return ()
'''
GROUP = 'orphancleanup.handler.gadget'


def write(
    folder: Path,
    code: str = WIDGET,
    name: str = 'gadgets',
    groups: dict[str, dict[str, str]] | None = None,
    requires: str = 'orphancleanup>=0.1,<1',
) -> None:
    """Install a package of one module that has the package's name."""
    (folder / f'{name}.py').write_text(code)
    metadata = folder / f'{name}-1.0.dist-info'
    metadata.mkdir()
    lines = ['Metadata-Version: 2.1', f'Name: {name}', 'Version: 1.0']
    lines += [f'Requires-Dist: {requires}'] if requires else []
    (metadata / 'METADATA').write_text('\n'.join(lines) + '\n')
    text = ''
    for group, entries in (groups or {GROUP: {'widget': f'{name}:Widget'}}).items():
        text += f'[{group}]\n' + ''.join(f'{entry} = {value}\n' for entry, value in entries.items())
    (metadata / 'entry_points.txt').write_text(text)
