"""``python -m lab.inside.heat_all PORT --config-file FILE``: Heat's API and engine in one process."""

from typing import Any

from lab.inside.serve import run


def build() -> Any:
    """Start the engine and answer the API's WSGI application."""
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)
    from heat.engine import service
    from heat.rpc import api
    from heat.wsgi.api import application
    from oslo_config import cfg

    service.EngineService(cfg.CONF.host, api.ENGINE_TOPIC).start()
    return application


if __name__ == '__main__':
    run('heat-all', build)
