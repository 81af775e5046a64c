"""``python -m lab.inside.sahara_account DIR``: Sahara's database and its user in Keystone, unless they are there."""

import sys
from pathlib import Path
from typing import Any

import pymysql

from lab import layout
from lab.inside import cloud
from lab.ports import ADDRESS

NAME = 'sahara'


def make_database(lab: layout.Lab) -> None:
    """Make the database; Sahara's own schema comes later."""
    place = {'host': ADDRESS, 'port': lab.port('mariadb'), 'user': 'lab', 'password': lab.password}
    with pymysql.connect(**place) as connection, connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE IF NOT EXISTS {NAME}')


def make_user(identity: Any, password: str) -> None:
    """Make the user, as the other services have one."""
    project = identity.find_project('service')
    user = identity.find_user(NAME) or identity.create_user(
        name=NAME, password=password, domain_id='default', default_project_id=project.id
    )
    for role in ('admin', 'service'):
        identity.assign_project_role_to_user(project, user, identity.find_role(role))


if __name__ == '__main__':
    found = layout.load(Path(sys.argv[1]))
    make_database(found)
    make_user(cloud.admin(found.clouds_yaml).identity, found.password)
