"""The settings of a run as plain values; the command line and the configuration file are read elsewhere."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orphancleanup.errors import ConfigurationError
from orphancleanup.model import Level


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service answers that is told by the configuration, not by the catalogue.

    :param addresses: servers that are one service; when one does not answer, the next is tried. Empty for the
        catalogue's.
    :param ca_file: what the certificates of its servers are checked with; empty for what those of all are.
    :param has_login: whether it is sent our token.
    """

    addresses: tuple[str, ...] = ()
    ca_file: str = ''
    has_login: bool = True


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How requests are made.

    :param workers: how many requests run at a time at most, over all services.
    :param default_service_workers: how many of them at most for one service; how many there are follows from how the
        service fares.
    :param service_workers: the same for one service type, where not ``default_service_workers``.
    :param timeout: seconds for the connection and for each read.
    :param attempts: how often a request is tried that may safely be tried again.
    :param longest_wait: seconds: the longest pause between two attempts, whatever Retry-After says.
    :param places: service type to where it answers, for those that the configuration file tells about.
    """

    workers: int = 64
    default_service_workers: int = 32
    service_workers: Mapping[str, int] = field(default_factory=dict)
    timeout: float = 60.0
    attempts: int = 5
    longest_wait: float = 60.0
    places: Mapping[str, Place] = field(default_factory=dict)

    def workers_of(self, service_type: str) -> int:
        """Return how many requests may run at a time at most for one service."""
        return self.service_workers.get(service_type, self.default_service_workers)


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """What the configuration file says must be kept.

    :param service_projects: names or ids of projects that the cloud's own services use.
    :param clock_margin: seconds that the clocks of services may be apart.
    :param empty_regions: other regions, in which nothing is in the projects that are to go.
    """

    service_projects: frozenset[str] = frozenset({'service', 'services'})
    clock_margin: float = 60.0
    empty_regions: frozenset[str] = frozenset()


#: seconds; what was seen longer ago may have become something that must stay
LONGEST_FRESHNESS = 60.0


@dataclass(frozen=True, slots=True)
class ExecutionSettings:
    """How a plan is applied.

    :param levels: the levels that are allowed besides ``api``.
    :param deadlines: kind to seconds, where not the handler's own.
    :param first_poll: seconds before a kind is listed again for the first time; the pause grows up to ``last_poll``.
    :param freshness: seconds that a look may be old when a step is sent; a minute at most, whoever asks.
    :param passes: how often what was blocked or failed is tried again after something else went.
    """

    levels: frozenset[Level] = frozenset({Level.API})
    deadlines: Mapping[str, float] = field(default_factory=dict)
    first_poll: float = 0.5
    last_poll: float = 10.0
    freshness: float = 60.0
    passes: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.freshness <= LONGEST_FRESHNESS:
            raise ConfigurationError(
                f'A look may be at most {LONGEST_FRESHNESS:.0f} s old when something is removed, not '
                f'{self.freshness:g} s; set freshness to less.'
            )


@dataclass(frozen=True, slots=True)
class Limits:
    """Circuit breakers: a plan beyond them is shown and not applied.

    :param max_removals: entries in all.
    :param max_share: percent of any kind that has ``share_from`` resources or more, when there is no baseline.
    :param max_plan_age: how old a plan may be when it is applied; a resumed run may be older.
    :param max_database_removals: resources that a run may change in databases, in all.
    """

    max_removals: int = 1000
    max_share: float = 50.0
    share_from: int = 20
    max_plan_age: datetime.timedelta = datetime.timedelta(hours=24)
    max_database_removals: int = 25

    @property
    def within_any_share(self) -> int:
        """How many of a kind may be removed whatever else there is of it, as far as their share goes."""
        return int(self.share_from * min(self.max_share, 100.0) / 100)

    def __post_init__(self) -> None:
        if math.isnan(self.max_share):
            raise ConfigurationError(
                'The limit max_share is no number, and would hold for nothing; set it to one.'
            )


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the services' databases are.

    :param connections: service (``heat``) to the address of its database, with the password in it.
    :param files: service to its own configuration file, where the address is when it is not in ``connections``.
    """

    connections: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TempestSettings:
    """Where the files of a test run are.

    :param config_file: the ``tempest.conf`` whose objects are kept in every run; None for none.
    """

    config_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run.

    :param plugins: what plugins need besides a cloud: the group's name to its options.
    """

    http: HttpSettings = HttpSettings()
    guards: GuardSettings = GuardSettings()
    execution: ExecutionSettings = ExecutionSettings()
    limits: Limits = Limits()
    tempest: TempestSettings = TempestSettings()
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    databases: DatabaseSettings = DatabaseSettings()
