"""From the global options to a place to work in. Slow libraries are imported when a cloud is opened, not before."""

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orphancleanup.model import CloudIdentity
from orphancleanup.settings import Settings

if TYPE_CHECKING:
    from orphancleanup.cli.application import Application
    from orphancleanup.installed.registry import Registry
    from orphancleanup.site import Site


def read_settings(application: 'Application') -> Settings:
    """Read the configuration file and set up the log.

    :raises ConfigurationError: when something in it is wrong.
    """
    from orphancleanup.cli import configuration, logs
    from orphancleanup.cli.application import tool_version

    conf = configuration.load(application.options.config_file)
    logs.configure(conf, application.options, tool_version())
    return configuration.settings_of(conf)


@contextmanager
def open_site(application: 'Application', settings: Settings, registry: 'Registry') -> Iterator['Site']:
    """Log in to the cloud that the global options name; it can only be read until a plan is applied.

    :raises ConfigurationError: when the configuration is about kinds or services that are not there.
    :raises CloudError: when that fails.
    """
    from orphancleanup.cli import configuration
    from orphancleanup.clock import SystemClock
    from orphancleanup.clouds import connect
    from orphancleanup.site import Site

    options = application.options
    configuration.require_known(settings, registry, options.config_file)
    spec = connect.CloudSpec(cloud=options.os_cloud, region=options.os_region_name)
    with closing(connect.open_cloud(spec, settings.http, options=settings.plugins)) as cloud:
        yield Site(cloud, registry, SystemClock(), settings, application.screen.progress)


def cloud_name(options: Namespace, identity: CloudIdentity) -> str:
    """Return what people call the cloud: its name in clouds.yaml, else the host of its Keystone."""
    return options.os_cloud or os.environ.get('OS_CLOUD') or urlsplit(identity.auth_url).hostname or 'cloud'
