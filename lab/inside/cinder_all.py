"""``python -m lab.inside.cinder_all PORT --config-file FILE``: all of Cinder in one process."""

import os
import threading
from types import SimpleNamespace
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
    from cinder import policy
    from cinder.wsgi.api import application

    # Concurrent first requests race for the rules, and some find none: a spurious 403.
    policy.init()
    _stay_out_of_the_green_pool()
    _let_all_report()
    _prepare_connectors()
    _start_workers()
    return application


def _stay_out_of_the_green_pool() -> None:
    """Call directly what Cinder hands to eventlet's pool of threads.

    That pool answers only to the thread that used it first; others wait forever, and volumes made
    from images stay in creating.
    """
    from eventlet import tpool

    tpool.execute = lambda function, *args, **kwargs: function(*args, **kwargs)
    tpool.Proxy = lambda target, *args, **kwargs: target


def _let_all_report() -> None:
    """Give each service its own heartbeat.

    ``Service.service_id`` is kept on the class, so that only the service started last would
    report and the others would go down after a minute.
    """
    from cinder import context, objects, service
    from oslo_db.exception import DBError

    def report_state(self: Any) -> None:
        try:
            found = objects.Service.get_by_id(context.get_admin_context(), self.origin_service_id)
            found.report_count += 1
            found.save(retry=False)
        except DBError:
            service.LOG.exception('No heartbeat for %s', self.binary)

    service.Service.report_state = report_state


def _own_work_in_progress(service_id: int) -> None:
    """Let the volume service own what is being deleted, so that its next start goes on with it.

    For the same reason as above, it would belong to any of the services.
    """
    from cinder.objects import cleanable

    cleanable.service = SimpleNamespace(Service=SimpleNamespace(service_id=service_id))


def _prepare_connectors() -> None:
    """Read and write the volumes' files as the lab's own user, who may have no privileges to separate."""
    import os_brick
    from cinder import privsep
    from os_brick import privileged
    from oslo_config import cfg

    os_brick.setup(cfg.CONF)
    for context in (privsep.sys_admin_pctxt, privileged.default, privileged.brick_privsep_hide_output):
        context.set_client_mode(False)


def _start_workers() -> None:
    from cinder.cmd import volume
    from cinder.service import Service
    from oslo_config import cfg

    conf = cfg.CONF
    for backend in conf.enabled_backends:
        conf.register_opt(volume.host_opt, group=backend)
    volumes = [_volume_service(conf.host, backend) for backend in conf.enabled_backends]
    _own_work_in_progress(volumes[0].origin_service_id)
    for service in volumes:
        service.start()
    Service.create(binary='cinder-backup', coordination=True, service_name='backup').start()
    # The scheduler's start sleeps for a whole periodic interval.
    scheduler = Service.create(binary='cinder-scheduler')
    threading.Thread(target=scheduler.start, daemon=True).start()


def _volume_service(host: str, backend: str) -> Any:
    from cinder.service import Service

    place = {'host': f'{host}@{backend}', 'service_name': backend}
    return Service.create(binary='cinder-volume', coordination=True, **place)


if __name__ == '__main__':
    run('cinder-all', build)
