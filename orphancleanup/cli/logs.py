"""The log: to stderr or to a file, never to stdout, which is the result's."""

import logging
import warnings
from argparse import Namespace

from oslo_config import cfg
from oslo_log import log

from orphancleanup.errors import ConfigurationError

PROJECT = 'orphancleanup'


def configure(conf: cfg.ConfigOpts, options: Namespace, version: str) -> None:
    """Set up logging as the configuration file and the global options say; the options win.

    :raises ConfigurationError: when the log file cannot be written.
    """
    if options.log_file:
        conf.set_override('log_file', options.log_file)
        conf.set_override('log_dir', None)
    if options.debug:
        conf.set_override('debug', True)
    if not (conf.log_file or conf.log_dir or conf.use_journal):
        _to_stderr(conf)
    try:
        log.setup(conf, PROJECT, version)
    except OSError as error:
        raise ConfigurationError(
            f'The log file {error.filename} cannot be written: {error.strerror}.'
        ) from error
    _set_level(conf, options)
    # What libraries warn of concerns their developers; it goes where the log goes.
    logging.captureWarnings(True)
    warnings.simplefilter('default' if options.debug else 'ignore')


def _to_stderr(conf: cfg.ConfigOpts) -> None:
    # With neither, oslo.log would take stdout.
    conf.set_override('use_stderr', True)
    conf.set_default('logging_default_format_string', '%(levelname)s %(name)s: %(message)s')


def _set_level(conf: cfg.ConfigOpts, options: Namespace) -> None:
    """On stderr, warnings are enough unless more was asked for; a file takes what happens."""
    if conf.debug or not conf.use_stderr:
        return
    level = {0: logging.ERROR, 1: logging.WARNING}.get(options.verbose_level, logging.INFO)
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setLevel(level)
