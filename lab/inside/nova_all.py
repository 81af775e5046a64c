"""``python -m lab.inside.nova_all PORT``: Nova's API, conductor, scheduler and compute in one process."""

import sys
from typing import Any

from lab.inside.serve import serve


def build() -> Any:
    """Start the workers and answer the API's WSGI application."""
    # The API's module comes first: it reads the configuration.
    from nova.wsgi.osapi_compute import application  # type: ignore[import-untyped]  # isort: skip
    import nova.conf  # type: ignore[import-untyped]
    import os_brick  # type: ignore[import-untyped]
    import os_vif  # type: ignore[import-untyped]
    from nova import service
    from nova.compute import rpcapi  # type: ignore[import-untyped]

    os_brick.setup(nova.conf.CONF)
    os_vif.initialize()
    for binary in ("nova-conductor", "nova-scheduler"):
        service.Service.create(binary=binary).start()
    topics = {"topic": rpcapi.RPC_TOPIC}
    if hasattr(rpcapi, "RPC_TOPIC_ALT"):
        topics["topic_alt"] = rpcapi.RPC_TOPIC_ALT
    service.Service.create(binary="nova-compute", **topics).start()
    return application


if __name__ == "__main__":
    port = int(sys.argv[1])
    sys.argv = ["nova-all"]
    serve(port, build())
