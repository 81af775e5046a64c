"""``python -m lab.inside.sahara_account DIR``: Sahara's database and its user in Keystone, where the lab has Sahara."""

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
    _run(lab, f'CREATE DATABASE IF NOT EXISTS {NAME}')


def drop_database(lab: layout.Lab) -> None:
    """Drop the database, with all clusters in it."""
    _run(lab, f'DROP DATABASE IF EXISTS {NAME}')


def _run(lab: layout.Lab, statement: str) -> None:
    place = {'host': ADDRESS, 'port': lab.port('mariadb'), 'user': 'lab', 'password': lab.password}
    with pymysql.connect(**place) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def make_user(identity: Any, password: str) -> None:
    """Make the user, as the other services have one."""
    project = identity.find_project('service')
    user = identity.find_user(NAME) or identity.create_user(
        name=NAME, password=password, domain_id='default', default_project_id=project.id
    )
    for role in ('admin', 'service'):
        identity.assign_project_role_to_user(project, user, identity.find_role(role))


def delete_user(identity: Any) -> None:
    """Delete the user."""
    user = identity.find_user(NAME)
    if user:
        identity.delete_user(user)


def settle(identity: Any, lab: layout.Lab) -> None:
    """Make both where the lab has Sahara, else delete both."""
    if NAME in lab.extras:
        make_database(lab)
        make_user(identity, lab.password)
    else:
        drop_database(lab)
        delete_user(identity)


if __name__ == '__main__':
    found = layout.load(Path(sys.argv[1]))
    settle(cloud.admin(found.clouds_yaml).identity, found)
