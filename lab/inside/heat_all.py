"""``python -m lab.inside.heat_all PORT --config-file FILE``: Heat's API and engine in one process."""

import sys
from typing import Any

from lab.inside.serve import serve


def build() -> Any:
    """Start the engine and answer the API's WSGI application."""
    from oslo_service import backend  # type: ignore[import-untyped]

    backend.init_backend(backend.BackendType.THREADING)
    from heat.engine import service  # type: ignore[import-untyped]
    from heat.rpc import api  # type: ignore[import-untyped]
    from heat.wsgi.api import application  # type: ignore[import-untyped]
    from oslo_config import cfg  # type: ignore[import-untyped]

    service.EngineService(cfg.CONF.host, api.ENGINE_TOPIC).start()
    return application


if __name__ == "__main__":
    port = int(sys.argv[1])
    sys.argv = ["heat-all", *sys.argv[2:]]
    serve(port, build())
