"""``python -m lab.inside.cinder_all PORT --config-file FILE``: all of Cinder in one process."""

import os
import threading
from typing import Any

from lab.inside.serve import run


def build() -> Any:
    """Start scheduler, volume and backup services and answer the API's WSGI application."""
    os.environ['OS_CINDER_DISABLE_EVENTLET_PATCHING'] = 'true'
    from cinder import monkey_patch

    monkey_patch.patch()
    # This module registers options, which is no longer possible after the API's module has
    # read the configuration.
    from cinder.cmd import volume  # noqa: F401  # isort: skip
    from cinder.wsgi.api import application

    _let_all_report()
    _prepare_connectors()
    _start_workers()
    return application


def _let_all_report() -> None:
    """Give each service its own heartbeat.

    ``Service.service_id`` is kept on the class, so that only the service started last would
    report and the others would go down after a minute.
    """
    from cinder import service

    lock, report = threading.Lock(), service.Service.report_state

    def report_state(self: Any) -> None:
        with lock:
            service.Service.service_id = self.origin_service_id
            report(self)

    service.Service.report_state = report_state


def _prepare_connectors() -> None:
    import shlex

    import os_brick
    from cinder import utils
    from oslo_config import cfg
    from oslo_privsep import priv_context

    os_brick.setup(cfg.CONF)
    priv_context.init(root_helper=shlex.split(utils.get_root_helper()))


def _start_workers() -> None:
    from cinder.cmd import volume
    from cinder.service import Service
    from oslo_config import cfg

    conf = cfg.CONF
    for backend in conf.enabled_backends:
        conf.register_opt(volume.host_opt, group=backend)
        place = {'host': f'{conf.host}@{backend}', 'service_name': backend}
        Service.create(binary='cinder-volume', coordination=True, **place).start()
    Service.create(binary='cinder-backup', coordination=True, service_name='backup').start()
    # The scheduler's start sleeps for a whole periodic interval.
    scheduler = Service.create(binary='cinder-scheduler')
    threading.Thread(target=scheduler.start, daemon=True).start()


if __name__ == '__main__':
    run('cinder-all', build)
