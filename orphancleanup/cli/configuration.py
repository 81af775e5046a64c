"""The configuration file, read into settings. The only room that sees oslo.config's CONF.

A group or an option that is not known is refused like a malformed value: a limit that was mistyped would not hold.
"""

import difflib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oslo_config import cfg, iniparser
from oslo_log import _options as log_options

from orphancleanup.cli import options
from orphancleanup.errors import ConfigurationError
from orphancleanup.settings import (
    DatabaseSettings,
    ExecutionSettings,
    GuardSettings,
    HttpSettings,
    Limits,
    Place,
    Settings,
    TempestSettings,
)

if TYPE_CHECKING:
    from orphancleanup.installed.registry import Registry

PROJECT = 'orphancleanup'


@dataclass(frozen=True, slots=True)
class _Written:
    """An option as it stands in a file."""

    file: str
    group: str
    name: str
    value: str

    def __str__(self) -> str:
        return f'{self.file}, group [{self.group}], option {self.name}'


def list_opts() -> list[tuple[str, tuple[cfg.Opt, ...]]]:
    """Return all options for oslo-config-generator."""
    return options.list_opts()


def load(files: Sequence[str] | None = None) -> cfg.ConfigOpts:
    """Read and check the configuration files.

    :param files: their names; None for those in the usual places, if there are any.
    :raises ConfigurationError: when one cannot be read, or a group, an option or a value is wrong.
    """
    conf = cfg.ConfigOpts()
    # Not register_options() of oslo.log: it makes command line options, and argparse ends the process on a bad value.
    for _, log_opts in log_options.list_opts():
        conf.register_opts(log_opts)
    for group, opts in options.GROUPS.items():
        conf.register_opts(opts, group)
    found = _files(files)
    written = [each for file in found for each in _written(file)]
    for group in {each.group for each in written}:
        family = next((name for name in options.FAMILIES if group.startswith(name)), None)
        if family:
            conf.register_opts(options.FAMILIES[family], group)
    for each in written:
        # Other packages' fallbacks have databases of their own.
        is_database = each.group == options.DATABASES and each.name.endswith(options.DATABASE_SUFFIXES)
        if is_database and each.name not in conf[each.group]:
            conf.register_opt(cfg.StrOpt(each.name, secret=True), each.group)
    # Without the environment: OS_LIMITS__MAX_REMOVALS, exported and forgotten, would raise a limit unseen.
    conf(args=[], project=PROJECT, default_config_files=list(found), default_config_dirs=[], use_env=False)
    for each in written:
        _check(conf, each)
    return conf


def settings_of(conf: cfg.ConfigOpts) -> Settings:
    """Return the settings that a checked configuration comes to; the command line is not in them."""
    return Settings(
        http=HttpSettings(
            **{opt.dest: conf.http[opt.dest] for opt in options.HTTP},
            service_workers=_family(conf, 'service:', 'workers'),
            places=_places(conf),
        ),
        guards=GuardSettings(
            frozenset(conf.guards.service_projects),
            conf.guards.clock_margin,
            frozenset(conf.guards.empty_regions),
        ),
        execution=ExecutionSettings(
            **{opt.dest: conf.execution[opt.dest] for opt in options.EXECUTION},
            deadlines=_family(conf, 'kind:', 'deadline'),
        ),
        limits=Limits(**{opt.dest: conf.limits[opt.dest] for opt in options.LIMITS}),
        tempest=TempestSettings(
            Path(os.path.expanduser(conf.tempest.config_file)) if conf.tempest.config_file else None
        ),
        plugins=_plugins(conf),
        databases=_databases(conf),
    )


def require_known(settings: Settings, registry: 'Registry', named: Sequence[str] | None = None) -> None:
    """Return when the groups of kinds and of services are of some that are there.

    :param named: the configuration files that were named; None for the one that is found.
    :raises ConfigurationError: when one is not: what it says would hold for nothing.
    """
    where = ', '.join(_files(named)) or 'the configuration'
    for kind in settings.execution.deadlines:
        if kind not in registry.handlers:
            close = difflib.get_close_matches(kind, registry.handlers, 1)
            meant = f'did you mean [kind:{close[0]}]?' if close else 'leave it out, or install its package.'
            raise ConfigurationError(
                f'In {where}: the group [kind:{kind}] is of a kind that no handler knows; {meant}'
            )
    used = sorted({loaded.handler.service for loaded in registry.handlers.values()} | {'identity'})
    for service in settings.http.service_workers:
        if service not in used:
            from orphancleanup.clouds.registered import official

            close = [each for each in used if each == official(service)]
            close += difflib.get_close_matches(service, used, 1)
            meant = f'did you mean [service:{close[0]}]?' if close else f'there are {", ".join(used)}.'
            raise ConfigurationError(
                f'In {where}: the group [service:{service}] is of a service that no handler uses; {meant}'
            )


def _places(conf: cfg.ConfigOpts) -> dict[str, Place]:
    group = conf.contrail
    if group.ca_file and not os.path.isfile(group.ca_file):
        raise ConfigurationError(f'In group [contrail] the ca_file {group.ca_file} is not a file.')
    place = Place(tuple(group.api_server), group.ca_file, group.auth == 'keystone')
    return {'contrail': place} if place != Place() else {}


def _plugins(conf: cfg.ConfigOpts) -> dict[str, dict[str, Any]]:
    groups = [
        group for group in conf.list_all_sections() if group.startswith(options.PLUGINS) and group in conf
    ]
    return {group: dict(conf[group].items()) for group in groups}


def _databases(conf: cfg.ConfigOpts) -> DatabaseSettings:
    told = {name: value for name, value in conf[options.DATABASES].items() if value}
    return DatabaseSettings(*(_of_services(told, suffix) for suffix in options.DATABASE_SUFFIXES))


def _of_services(told: Mapping[str, str], suffix: str) -> dict[str, str]:
    return {
        name.removesuffix(suffix).replace('_', '-'): value
        for name, value in told.items()
        if name.endswith(suffix)
    }


def _family(conf: cfg.ConfigOpts, beginning: str, name: str) -> dict[str, Any]:
    groups = [group for group in conf.list_all_sections() if group.startswith(beginning)]
    return {
        group.removeprefix(beginning): conf[group][name] for group in groups if conf[group][name] is not None
    }


def _files(named: Sequence[str] | None) -> tuple[str, ...]:
    if named:
        return tuple(named)
    return tuple(cfg.find_config_files(project=PROJECT, prog=PROJECT))[:1]


def _written(file: str) -> Iterator[_Written]:
    sections: dict[str, dict[str, Any]] = {}
    try:
        cfg.ConfigParser(str(Path(file)), sections).parse()
    except OSError as error:
        raise ConfigurationError(
            f'The configuration file {file} cannot be read: {error.strerror}.'
        ) from error
    except (iniparser.ParseError, UnicodeDecodeError) as error:
        reason = ' '.join(str(error).split())
        raise ConfigurationError(f'The configuration file {file} cannot be parsed: {reason}.') from error
    for group, values in sections.items():
        _check_group(file, group)
        yield from (_Written(file, group, name, value[-1]) for name, value in values.items())


def _check_group(file: str, group: str) -> None:
    known = ('DEFAULT', *options.GROUPS)
    is_member = any(group.startswith(name) and group != name for name in options.FAMILIES)
    if group not in known and not is_member:
        families = ', '.join(f'[{name}...]' for name in options.FAMILIES)
        raise ConfigurationError(
            f'In {file} the group [{group}] is not known; there are [{"], [".join(known)}], {families}.'
        )


def _check(conf: cfg.ConfigOpts, written: _Written) -> None:
    group = conf if written.group == 'DEFAULT' else conf[written.group]
    try:
        value = group[written.name]
    except cfg.NoSuchOptError as error:
        close = difflib.get_close_matches(written.name, list(group), 1)
        meant = f'; did you mean {close[0]}?' if close else '; nothing has that name.'
        raise ConfigurationError(f'In {written}: it is not known{meant}') from error
    except ValueError as error:
        # oslo.config's sentence ends with what is wrong with the value.
        reason = str(error).rpartition(' is not valid: ')[2]
        raise ConfigurationError(f'In {written}: {written.value!r} is not valid ({reason}).') from error
    if isinstance(value, float) and math.isnan(value):
        # No bound refuses it, and as a limit it would hold for nothing.
        raise ConfigurationError(f'In {written}: {written.value!r} is not valid (it is no number).')
