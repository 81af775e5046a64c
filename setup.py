"""Builds the package; everything about it is in setup.cfg."""

import configparser
import os
import pathlib

import setuptools

HERE = pathlib.Path(__file__).resolve().parent


def set_version_without_history() -> None:
    """Take the version from setup.cfg where pbr has nothing to take it from.

    pbr reads it from an sdist's PKG-INFO or counts commits; a plain copy has neither, and a shallow
    clone would be 0.0.0.
    """
    has_history = (HERE / '.git').exists() and not (HERE / '.git' / 'shallow').exists()
    if has_history or (HERE / 'PKG-INFO').exists():
        return
    configuration = configparser.ConfigParser()
    configuration.read(HERE / 'setup.cfg', encoding='utf-8')
    os.environ.setdefault('PBR_VERSION', configuration['metadata']['version'])


set_version_without_history()
setuptools.setup(pbr=True)
