"""Builds the package; everything about it is in setup.cfg."""

import configparser
import os
import pathlib

import setuptools

HERE = pathlib.Path(__file__).resolve().parent


def set_version_of_plain_copy() -> None:
    """Take the version from setup.cfg where there is neither a git history nor an sdist's PKG-INFO."""
    if (HERE / '.git').exists() or (HERE / 'PKG-INFO').exists():
        return
    metadata = configparser.ConfigParser()
    metadata.read(HERE / 'setup.cfg', encoding='utf-8')
    os.environ.setdefault('PBR_VERSION', metadata['metadata']['version'])


set_version_of_plain_copy()
setuptools.setup(pbr=True)
