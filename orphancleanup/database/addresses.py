"""Where a service's database is: by the options of the fallbacks, or by the service's own configuration file."""

import configparser
import re

from orphancleanup.api import Cloud
from orphancleanup.errors import ConfigurationError

#: the group of options that tells it
GROUP = 'mysql-fallback'
# The group and the option since 2013.2, and what they were called before and beside it.
_PLACES = (('database', 'connection'), ('database', 'sql_connection'), ('DEFAULT', 'sql_connection'))
_REFERENCE = re.compile(r'\$\{?\w')


def configured(cloud: Cloud, service: str) -> str:
    """Return where the database of a service is, for a handler that reads in it; empty when nothing tells.

    :param service: ``nova``, as in ``nova_connection`` and ``nova_conf``.
    :raises ConfigurationError: when the configuration file of the service does not tell it.
    """
    options = cloud.options(GROUP).get(GROUP, {})
    if options.get(f'{service}_connection'):
        return str(options[f'{service}_connection'])
    return address_in(str(options[f'{service}_conf'])) if options.get(f'{service}_conf') else ''


def address_in(file: str) -> str:
    """Return where a service's database is, by its own configuration file.

    :raises ConfigurationError: when it cannot be read, or does not tell.
    """
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section='')
    try:
        with open(file, encoding='utf-8') as opened:
            parser.read_file(opened)
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        # Without what the parser quotes: such files are full of secrets.
        raise ConfigurationError(
            f'{file} cannot be read ({type(error).__name__}); correct [{GROUP}].'
        ) from error
    for group, option in _PLACES:
        found = parser.get(group, option, fallback=None)
        if found and not _REFERENCE.search(found):
            return found.strip('\'"')
    raise ConfigurationError(
        f'{file} does not tell where the database is: it has no "connection" in the group [database]; give the '
        f'address itself.'
    )
