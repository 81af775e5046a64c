"""Connections to the lab, for what runs inside its virtual environment."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openstack


def admin(clouds_yaml: Path) -> Any:
    """Connect as the lab's admin.

    :param clouds_yaml: the lab's clients' file.
    :returns: the SDK's connection.
    """
    config = openstack.config.OpenStackConfig(config_files=[str(clouds_yaml)], load_envvars=False)
    return openstack.connection.Connection(config=config.get_one('lab'))


def wait_until(what: str, condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until a condition holds.

    :param what: what is waited for, as it stands in the error.
    :param condition: asked five times a second.
    :returns: the condition's first true value.
    :raises TimeoutError: after that many seconds.
    """
    begun = time.monotonic()
    while not (value := condition()):
        if time.monotonic() > begun + seconds:
            raise TimeoutError(f'{what} did not come within {seconds:.0f} s')
        time.sleep(0.2)
    return value
