"""Which arrays there are: groups of our configuration file, and the enabled backends of Cinder's."""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from oslo_config import cfg, iniparser

from orphancleanup.api import Options
from orphancleanup.errors import ConfigurationError

GROUP = '3par:'
COMMON = '3par'
# cinder.volume.drivers.hpe.hpe_3par_fc.HPE3PARFCDriver and ..._iscsi.HPE3PARISCSIDriver, and the older hp_3par_*.
_DRIVER = '3par'
_LONGEST_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Configured:
    """An array as the configuration describes it.

    :param name: what people call it.
    :param cpgs: the pools that only this cloud uses.
    :param grace: seconds that a volume must have been there before it may count as left over.
    :param secret: its password, where Cinder's configuration file says it; else it is in ``password_file``.
    """

    name: str
    api_url: str
    username: str
    cpgs: frozenset[str]
    password_file: str = ''
    ca_file: str = ''
    timeout: float = 60.0
    grace: float = 86400.0
    secret: str = field(default='', repr=False)

    def password(self) -> str:
        """Return the account's password.

        :raises ConfigurationError: when its file cannot be read, or others may read it.
        """
        if self.secret:
            return self.secret
        path = Path(self.password_file)
        try:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigurationError(f'Others may read {path}; make it 0600 (chmod go= {path}).')
            return path.read_text().split('\n', 1)[0]
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f'The password of the array {self.name} cannot be read: {error}'
            ) from error


def arrays(options: Mapping[str, Options]) -> tuple[Configured, ...]:
    """Return all arrays; those of our own file go before Cinder's with the same address.

    :param options: of the groups ``3par`` and ``3par:<name>``.
    :raises ConfigurationError: when one is not described well enough to be used safely.
    """
    own = [
        _own(group.removeprefix(GROUP), each) for group, each in options.items() if group.startswith(GROUP)
    ]
    file = options.get(COMMON, {}).get('cinder_conf')
    known = {each.api_url: each for each in backends(Path(file))} if file else {}
    merged = [_completed(each, known.pop(each.api_url, None)) for each in own]
    return tuple(_checked(each) for each in (*merged, *known.values()))


def backends(file: Path) -> tuple[Configured, ...]:
    """Return the arrays behind the enabled 3PAR backends of a ``cinder.conf``; backends of one address are one array.

    :raises ConfigurationError: when the file cannot be read.
    """
    sections = _sections(file)
    enabled = _list(sections.get('DEFAULT', {}).get('enabled_backends'))
    found: dict[str, Configured] = {}
    for name in enabled:
        section = sections.get(name, {})
        if _DRIVER in _last(section, 'volume_driver').lower():
            each = _backend(name, section)
            before = found.get(each.api_url)
            found[each.api_url] = replace(before, cpgs=before.cpgs | each.cpgs) if before else each
    return tuple(found.values())


def _own(name: str, options: Options) -> Configured:
    return Configured(
        name=name,
        api_url=str(options['api_url'] or '').rstrip('/'),
        username=options['username'] or '',
        cpgs=frozenset(options['cpgs']),
        password_file=options['password_file'] or '',
        ca_file=options['ca_file'] or '',
        timeout=options['timeout'],
        grace=options['grace'],
    )


def _backend(name: str, section: Mapping[str, Any]) -> Configured:
    return Configured(
        name=name,
        api_url=_either(section, 'api_url').rstrip('/'),
        username=_either(section, 'username'),
        # A pool may be written cpg or, by the driver's older habit, pool:domain.
        cpgs=frozenset(_list([_either(section, 'cpg')])),
        secret=_either(section, 'password'),
    )


def _completed(own: Configured, backend: Configured | None) -> Configured:
    """Return an array of our own file with what only Cinder's tells."""
    if backend is None:
        return own
    is_whole = bool(own.username)
    return replace(
        own,
        cpgs=own.cpgs or backend.cpgs,
        username=own.username or backend.username,
        secret='' if is_whole else backend.secret,
    )


def _checked(array: Configured) -> Configured:
    for word, value in (('api_url', array.api_url), ('username', array.username), ('cpgs', array.cpgs)):
        if not value:
            raise ConfigurationError(f'The array [{GROUP}{array.name}] has no {word}; write it down.')
    if not array.api_url.startswith(('https://', 'http://')) or '@' in array.api_url:
        raise ConfigurationError(
            f'The api_url of the array {array.name} is no address such as https://array:8080/api/v1.'
        )
    if not array.secret and not array.password_file:
        raise ConfigurationError(f'The array [{GROUP}{array.name}] has no password_file; write it down.')
    if '@' in array.name or ',' in array.name or len(array.name) > _LONGEST_SHOWN:
        raise ConfigurationError(f'An array cannot be called {array.name!r}: its name is part of ids.')
    return array


def _sections(file: Path) -> dict[str, dict[str, list[str]]]:
    sections: dict[str, dict[str, list[str]]] = {}
    try:
        cfg.ConfigParser(str(file), sections).parse()
    except (OSError, iniparser.ParseError, UnicodeDecodeError) as error:
        raise ConfigurationError(f'{file} cannot be read: {" ".join(str(error).split())}') from error
    return sections


def _last(section: Mapping[str, list[str]], name: str) -> str:
    return section[name][-1] if section.get(name) else ''


def _either(section: Mapping[str, list[str]], name: str) -> str:
    """Return an option under its name of today, or under that of before 2015."""
    return _last(section, f'hpe3par_{name}') or _last(section, f'hp3par_{name}')


def _list(values: list[str] | None) -> Iterator[str]:
    return filter(None, (each.strip() for value in values or () for each in value.split(',')))
