"""The options of the configuration file. The only secrets among them are those of databases."""

from oslo_config import cfg, types

from orphancleanup.settings import Settings

_DEFAULTS = Settings()

HTTP = (
    cfg.IntOpt(
        'workers',
        default=_DEFAULTS.http.workers,
        min=1,
        max=512,
        help='How many requests run at a time at most, over all services.',
    ),
    cfg.IntOpt(
        'default_service_workers',
        default=_DEFAULTS.http.default_service_workers,
        min=1,
        max=512,
        help='How many of these at most for one service, unless [service:<type>] says otherwise. It begins with 4; a '
        'service that answers slowly or with errors gets fewer.',
    ),
    cfg.FloatOpt(
        'timeout',
        default=_DEFAULTS.http.timeout,
        min=0.1,
        max=3600,
        help='Seconds for the connection and for each read.',
    ),
    cfg.IntOpt(
        'attempts',
        default=_DEFAULTS.http.attempts,
        min=1,
        max=100,
        help='How often a request is tried, if it may safely be tried again.',
    ),
    cfg.FloatOpt(
        'longest_wait',
        default=_DEFAULTS.http.longest_wait,
        min=0,
        max=3600,
        help='Seconds: the longest pause between two attempts, whatever Retry-After says.',
    ),
)
GUARDS = (
    cfg.ListOpt(
        'service_projects',
        default=sorted(_DEFAULTS.guards.service_projects),
        help='Names or ids of projects that the services of the cloud use: what belongs to them is always kept.',
    ),
    cfg.FloatOpt(
        'clock_margin',
        default=_DEFAULTS.guards.clock_margin,
        min=0,
        max=86400,
        help='Seconds that the clocks of services may be apart. What is older than a saved state by more than this, '
        'and is not in it, shows that the saved state is incomplete, and is kept.',
    ),
    cfg.ListOpt(
        'empty_regions',
        default=[],
        help='Other regions of this Keystone that were cleaned up before: what they have in a project keeps it no '
        'more. Without them no project goes as long as another region may have something in it.',
    ),
)
LIMITS = (
    cfg.IntOpt(
        'max_removals',
        default=_DEFAULTS.limits.max_removals,
        min=1,
        help='A plan that removes more resources than this is shown and not applied; --max-removals overrides it.',
    ),
    cfg.FloatOpt(
        'max_share',
        default=_DEFAULTS.limits.max_share,
        min=0.001,
        max=100,
        help='Percent of a kind that a plan without a saved state may remove; --max-share overrides it.',
    ),
    cfg.IntOpt(
        'share_from',
        default=_DEFAULTS.limits.share_from,
        min=1,
        help='max_share applies to kinds of which there are this many resources or more.',
    ),
    cfg.IntOpt(
        'max_database_removals',
        default=_DEFAULTS.limits.max_database_removals,
        min=1,
        help="How many resources a run may change in the services' databases; --max-database-removals overrides it.",
    ),
)
#: the group, and how the names of its options end
DATABASES = 'mysql-fallback'
DATABASE_SUFFIXES = ('_connection', '_conf')
_FALLBACK_SERVICES = ('heat', 'cinder', 'nova', 'sahara')


def _database(service: str) -> tuple[cfg.Opt, ...]:
    return (
        cfg.StrOpt(
            f'{service}_connection',
            secret=True,
            help=f'Where the database of {service} is, with the account and its password: '
            f'mysql+pymysql://USER:PASSWORD@HOST/{service}.',
        ),
        cfg.StrOpt(
            f'{service}_conf',
            help=f"Or the service's own configuration file on this machine: /etc/{service}/{service}.conf.",
        ),
    )


#: nothing here lets a run change a database: that is for --database alone
FALLBACK = tuple(option for service in _FALLBACK_SERVICES for option in _database(service))
EXECUTION = (
    cfg.FloatOpt(
        'first_poll',
        default=_DEFAULTS.execution.first_poll,
        min=0.01,
        max=600,
        help='Seconds before a kind is listed for the first time after a step; the pause grows from there.',
    ),
    cfg.FloatOpt(
        'last_poll',
        default=_DEFAULTS.execution.last_poll,
        min=0.01,
        max=600,
        help='Seconds that this pause grows to at most.',
    ),
    cfg.FloatOpt(
        'freshness',
        default=_DEFAULTS.execution.freshness,
        min=1,
        max=60,
        help='Seconds that what was read of a resource may be old when a step is sent for it.',
    ),
    cfg.IntOpt(
        'passes',
        default=_DEFAULTS.execution.passes,
        min=1,
        max=100,
        help='How often what was blocked or failed is tried again after something else was removed.',
    ),
)
TEMPEST = (
    cfg.StrOpt(
        'config_file',
        help='A tempest.conf: what it names (accounts, roles, images, flavors, networks) is kept in every run. '
        '--tempest-conf names another one.',
    ),
)
CONTRAIL = (
    cfg.ListOpt(
        'api_server',
        default=[],
        item_type=types.URI(schemes=['http', 'https']),
        help='Addresses of the API servers of Contrail, as https://192.0.2.1:8082; when one does not answer, the next '
        'one is tried. Without any, a service of the type "contrail" is looked for in the catalogue.',
    ),
    cfg.StrOpt(
        'ca_file',
        default='',
        help='What the certificates of these servers are checked with, where not the usual.',
    ),
    cfg.StrOpt(
        'auth',
        default='keystone',
        choices=('keystone', 'none'),
        help='Whether they are sent our token from Keystone; "none" for servers in the mode no-auth.',
    ),
)
SERVICE = (
    cfg.IntOpt(
        'workers', min=1, max=512, help='How many requests run at a time at most for this service type.'
    ),
)
KIND = (
    cfg.FloatOpt(
        'deadline',
        min=1,
        max=86400,
        help='Seconds after which a step that was accepted and has not ended counts as failed.',
    ),
)

ARRAYS = (
    cfg.StrOpt(
        'cinder_conf',
        help="Cinder's configuration file on this machine: each of its enabled backends with a 3PAR driver is an array "
        'to look at, with its address, its account and its pools. What a group [3par:<name>] says of an array with the '
        'same address goes before it.',
    ),
    cfg.ListOpt(
        'hosts',
        default=[],
        help='The compute hosts that may have multipath maps of volumes, as ssh knows them.',
    ),
    cfg.StrOpt(
        'host_command',
        default='orphancleanup-host',
        help='What runs orphancleanup-host on the compute hosts, as the account that ssh logs in with: '
        '"sudo -n /usr/bin/orphancleanup-host" for another account than root; see "host sudoers".',
    ),
)
ARRAY = (
    cfg.StrOpt('api_url', help='The address of its web services API: https://array.example.org:8080/api/v1.'),
    cfg.StrOpt('username', help='An account with the role edit, or browse to report only.'),
    cfg.StrOpt(
        'password_file', help='A file with its password in the first line; only its owner may read it.'
    ),
    cfg.ListOpt(
        'cpgs',
        default=[],
        help='The pools (CPGs) that only this cloud uses. Volumes in other pools are never touched.',
    ),
    cfg.StrOpt(
        'ca_file', help='The certificates that its own is checked with, where not those of the system.'
    ),
    cfg.FloatOpt('timeout', default=60.0, min=1, max=3600, help='Seconds for each of its answers.'),
    cfg.FloatOpt(
        'grace',
        default=86400.0,
        min=600,
        help='Seconds that a volume without an owner in Cinder must have been there before it counts as left over.',
    ),
)

GROUPS = {
    'http': HTTP,
    'guards': GUARDS,
    'limits': LIMITS,
    'execution': EXECUTION,
    'contrail': CONTRAIL,
    'tempest': TEMPEST,
    '3par': ARRAYS,
    DATABASES: FALLBACK,
}
#: beginning of a group's name to its options; the rest of the name is a service type or a kind
FAMILIES = {'service:': SERVICE, 'kind:': KIND, '3par:': ARRAY}
#: beginnings of the names of groups that plugins read; see :meth:`orphancleanup.api.Cloud.options`
PLUGINS = ('3par', 'mysql-fallback')


def list_opts() -> list[tuple[str, tuple[cfg.Opt, ...]]]:
    """Return all options for oslo-config-generator; a family is shown by one example."""
    return [
        *GROUPS.items(),
        ('service:block-storage', SERVICE),
        ('kind:cinder-volume', KIND),
        ('3par:first', ARRAY),
    ]
