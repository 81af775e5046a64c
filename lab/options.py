"""The options of each service, and why those that are not obvious are set."""

from lab import environment
from lab.layout import REGION, Lab
from lab.ports import ADDRESS

Sections = dict[str, dict[str, object]]

UNLIMITED = -1
# Nothing leaves the process: each service runs its API and its workers in one.
NO_BROKER = 'fake://'


def credentials(lab: Lab, user: str) -> dict[str, object]:
    """Return the keystoneauth options of a service user."""
    return {
        'auth_type': 'password',
        'auth_url': lab.endpoint('keystone'),
        'username': user,
        'password': lab.password,
        'user_domain_name': 'Default',
        'project_name': 'service',
        'project_domain_name': 'Default',
        'region_name': REGION,
    }


def token_checks(lab: Lab, user: str) -> dict[str, object]:
    """Return the options of keystonemiddleware."""
    return {
        **credentials(lab, user),
        'www_authenticate_uri': lab.endpoint('keystone'),
        'service_token_roles': 'service',
        'service_token_roles_required': True,
    }


def shared(lab: Lab, service: str) -> Sections:
    """Return what every service has: log to stderr, its database, no notifications."""
    return {
        'DEFAULT': {'use_stderr': True, 'debug': False},
        'database': {'connection': lab.database_url(service)},
        'oslo_messaging_notifications': {'driver': 'noop'},
        'keystone_authtoken': token_checks(lab, service),
    }


def worker(lab: Lab, service: str) -> Sections:
    """Return what every service with workers has besides."""
    folder = lab.state / service
    options = shared(lab, service)
    options['DEFAULT'] |= {'transport_url': NO_BROKER, 'host': 'lab', 'state_path': folder}
    options['oslo_concurrency'] = {'lock_path': folder / 'lock'}
    return options


def keystone(lab: Lab) -> Sections:
    """Return keystone.conf."""
    options = shared(lab, 'keystone')
    del options['keystone_authtoken']
    return options | {
        'token': {'expiration': 86400},
        'fernet_tokens': {'key_repository': lab.state / 'keystone' / 'fernet'},
        # Its default is a folder in /etc.
        'fernet_receipts': {'key_repository': lab.state / 'keystone' / 'fernet'},
        'credential': {'key_repository': lab.state / 'keystone' / 'credential'},
        'identity': {'password_hash_rounds': 4},
        # As in most clouds; its one process knows what it changes.
        'cache': {'enabled': True, 'backend': 'dogpile.cache.memory'},
    }


def glance(lab: Lab) -> Sections:
    """Return glance-api.conf."""
    options, folder = shared(lab, 'glance'), lab.state / 'glance'
    options['DEFAULT'] |= {
        'enabled_backends': 'files:file',
        'worker_self_reference_url': lab.url('glance'),
    }
    return options | {
        'glance_store': {'default_backend': 'files'},
        'files': {'filesystem_store_datadir': folder / 'images'},
        'os_glance_staging_store': {'filesystem_store_datadir': folder / 'staging'},
        'os_glance_tasks_store': {'filesystem_store_datadir': folder / 'tasks'},
        'paste_deploy': {
            'flavor': 'keystone',
            'config_file': lab.environment / 'etc/glance/glance-api-paste.ini',
        },
    }


def placement(lab: Lab) -> Sections:
    """Return placement.conf."""
    options = shared(lab, 'placement')
    options['placement_database'] = options.pop('database')
    return options


def neutron(lab: Lab) -> Sections:
    """Return neutron.conf, with the ML2 plug-in's part."""
    options = worker(lab, 'neutron')
    options['DEFAULT'] |= {
        'core_plugin': 'ml2',
        # `tempest cleanup` stops at a 404 without metering.
        'service_plugins': 'router,qos,trunk,metering,segments,port_forwarding',
        'api_workers': 1,
        'rpc_workers': 0,
        'notify_nova_on_port_status_changes': False,
        'notify_nova_on_port_data_changes': False,
        'api_paste_config': lab.environment / 'etc/neutron/api-paste.ini',
    }
    counted = 'network subnet port router floatingip security_group security_group_rule trunk'
    return options | {
        'quotas': {f'quota_{each}': UNLIMITED for each in counted.split()},
        'ml2': {
            'type_drivers': 'flat,vlan,vxlan',
            'tenant_network_types': 'vxlan',
            'mechanism_drivers': 'lab',
            'extension_drivers': 'port_security,qos',
        },
        'ml2_type_flat': {'flat_networks': '*'},
        'ml2_type_vxlan': {'vni_ranges': '1:16000'},
    }


def nova(lab: Lab) -> Sections:
    """Return nova.conf."""
    options = worker(lab, 'nova')
    options['DEFAULT'] |= {
        'my_ip': '127.0.0.1',
        # fake.FakeDriver dies at its second start: "No local node identity found".
        'compute_driver': 'fake.FakeDriverWithoutFakeNodes',
        'report_interval': 5,
        # There is but one host to resize on.
        'allow_resize_to_same_host': True,
        # Otherwise up to a minute passes before the new compute host is discovered.
        'periodic_fuzzy_delay': 0,
    }
    unlimited = 'instances cores ram key_pairs server_groups server_group_members'
    return options | {
        'api_database': {'connection': lab.database_url('nova_api')},
        'conductor': {'workers': 1},
        'scheduler': {'workers': 1, 'discover_hosts_in_cells_interval': 2},
        'quota': dict.fromkeys(unlimited.split(), UNLIMITED),
        'vnc': {'enabled': False},
        'placement': credentials(lab, 'placement'),
        'neutron': credentials(lab, 'neutron'),
        'cinder': credentials(lab, 'cinder') | {'os_region_name': REGION},
        'service_user': credentials(lab, 'nova') | {'send_service_user_token': True},
    }


def cinder(lab: Lab) -> Sections:
    """Return cinder.conf with its backends: ``lab`` (files, faults by name), ``fake`` and ``array`` (a 3PAR array)."""
    options, folder = worker(lab, 'cinder'), lab.state / 'cinder'
    paste = lab.environment / 'etc/cinder'
    options['DEFAULT'] |= {
        'my_ip': '127.0.0.1',
        'auth_strategy': 'keystone',
        'enabled_backends': 'lab,fake,array',
        'default_volume_type': 'lab',
        'report_interval': 5,
        # One volume stuck in deleting blocks the start otherwise.
        'volume_service_inithost_offload': True,
        # The scheduler knows no pools until the first poll: "No weighed backends available".
        'backend_stats_polling_interval': 5,
        'api_paste_config': paste / 'api-paste.ini',
        'resource_query_filters_file': paste / 'resource_filters.json',
        'backup_driver': 'cinder.backup.drivers.posix.PosixBackupDriver',
        'backup_posix_path': folder / 'backups',
        # The default reads two GB at once into memory, and zlib takes five seconds for a volume of zeros.
        'backup_file_size': 32 << 20,
        'backup_compression_algorithm': 'zstd',
        'glance_api_servers': lab.url('glance'),
    }
    counted = 'volumes snapshots gigabytes backups backup_gigabytes groups'
    options['DEFAULT'] |= {f'quota_{each}': UNLIMITED for each in counted.split()}
    return options | {
        'lab': {
            'volume_driver': 'lab.inside.cinder_driver.FileDriver',
            'volume_backend_name': 'lab',
            'lab_volumes': folder / 'volumes',
            'lab_faults_off': lab.faults_off,
        },
        'fake': {
            'volume_driver': 'cinder.tests.fake_driver.FakeLoggingVolumeDriver',
            'volume_backend_name': 'fake',
        },
        'array': {
            'volume_driver': 'lab.inside.array_driver.ArrayDriver',
            'volume_backend_name': 'array',
            'lab_array_state': folder / 'array.json',
            'lab_array_port': lab.array_port,
        },
        'coordination': {'backend_url': f'file://{folder}/coordination'},
        'service_user': credentials(lab, 'cinder') | {'send_service_user_token': True},
        'nova': credentials(lab, 'nova'),
    }


def heat(lab: Lab) -> Sections:
    """Return heat.conf."""
    options, shipped = shared(lab, 'heat'), lab.environment / 'etc/heat'
    options['DEFAULT'] |= {
        'transport_url': NO_BROKER,
        'host': 'lab',
        'num_engine_workers': 1,
        # A resource that will not go fails its stack at once, not after 80 seconds.
        'action_retry_limit': 1,
        'auth_encryption_key': lab.password[:24] + 'labkey00',
        'enable_stack_abandon': True,
        'enable_stack_adopt': True,
        'max_stacks_per_tenant': UNLIMITED,
        'deferred_auth_method': 'trusts',
        'region_name_for_services': REGION,
        'stack_user_domain_name': 'heat',
        'stack_domain_admin': 'heat_domain_admin',
        'stack_domain_admin_password': lab.password,
        'environment_dir': shipped / 'environment.d',
        'template_dir': shipped / 'templates',
        'heat_metadata_server_url': lab.url('heat'),
        'heat_waitcondition_server_url': lab.url('heat') + '/v1/waitcondition',
    }
    # A trust-scoped login must have no other scope, so the trustee has no project.
    trustee = {key: value for key, value in credentials(lab, 'heat').items() if 'project' not in key}
    return options | {
        'paste_deploy': {'api_paste_config': shipped / 'api-paste.ini'},
        'clients_keystone': {'auth_uri': lab.url('keystone')},
        'oslo_policy': {'policy_file': lab.etc / 'heat' / 'policy.yaml'},
        'trustee': trustee,
    }


def sahara(lab: Lab) -> Sections:
    """Return sahara.conf: API and engine in one process, with its fake plugin."""
    options = shared(lab, 'sahara')
    options['DEFAULT'] |= {
        'host': ADDRESS,
        'port': lab.port('sahara'),
        'api_workers': 0,
        'plugins': 'fake',
        # Its instances are Nova's fake ones: nobody can log in to them.
        'remote': 'lab',
        'use_floating_ips': False,
        # Heat would wait for the guests to report.
        'heat_enable_wait_condition': False,
        'periodic_enable': False,
        'os_region_name': REGION,
        'api_paste_config': environment.location(environment.SAHARA) / 'etc/sahara/api-paste.ini',
    }
    return options | {
        'trustee': credentials(lab, 'sahara'),
        # What the services refuse, they refuse again.
        'retries': {'retries_number': 1, 'retry_after': 1},
    }
