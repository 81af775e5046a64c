"""``python -m lab.inside.neutron_all PORT``: Neutron's API, which is all of Neutron that the lab needs."""

from typing import Any

from lab.inside.serve import run


def build() -> Any:
    """Return the API's WSGI application."""
    # The API's module comes first: it reads the configuration.
    from neutron.wsgi.api import application  # isort: skip
    from neutron import policy

    # Concurrent first requests race for the rules, and some find none: a spurious 403.
    policy.init()
    return application


if __name__ == '__main__':
    run('neutron-api', build)
