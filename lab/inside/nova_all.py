"""``python -m lab.inside.nova_all PORT``: Nova's API, conductor, scheduler and compute in one process."""

from typing import Any

from lab.inside.serve import run


def build() -> Any:
    """Start the workers and answer the API's WSGI application."""
    # The API's module comes first: it reads the configuration.
    from nova.wsgi.osapi_compute import application  # isort: skip
    import nova.conf
    import os_brick
    import os_vif
    from nova import policy, service
    from nova.compute import rpcapi

    os_brick.setup(nova.conf.CONF)
    os_vif.initialize()
    # Concurrent first requests race for the rules, and some find none: a spurious 403.
    policy.init()
    for binary in ('nova-conductor', 'nova-scheduler'):
        service.Service.create(binary=binary).start()
    topics = {'topic': rpcapi.RPC_TOPIC}
    if hasattr(rpcapi, 'RPC_TOPIC_ALT'):
        topics['topic_alt'] = rpcapi.RPC_TOPIC_ALT
    service.Service.create(binary='nova-compute', **topics).start()
    return application


if __name__ == '__main__':
    run('nova-all', build)
