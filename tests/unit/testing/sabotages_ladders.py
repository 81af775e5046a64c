"""Gadgets whose ladders are not for every resource, or whose steps are not what their ladder calls them."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from tests.unit.testing.gadget import LEAVING, Gadget


class HarshFirst(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return tuple(reversed(super().ladder(resource)))


class NamedAlike(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.delete), Step('delete', self.force, Level.FORCE))


class Unfinished(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.delete), Step('reset', self.reset, Level.FORCE, removes=False))


class StuckForEver(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return () if resource.status == 'error_deleting' else super().ladder(resource)


class KnowsItsWords(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        ladders = {'available': 'delete', 'error': 'delete', 'deleting': 'force', 'error_deleting': 'force'}
        is_plain = ladders[resource.status] == 'delete'
        return super().ladder(dataclasses.replace(resource, status='available' if is_plain else 'deleting'))


class FirstLetter(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return super().ladder(resource) if resource.status[0] else ()


class OnlyLowerCase(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return super().ladder(resource) if resource.status == resource.status.lower() else ()


class NamedAfterItsResource(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step(resource.name, self.delete), *super().ladder(resource)[1:])


class ColorOfItsStep(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        assert resource.details['color'].lower()
        return super().ladder(resource)


class Counting(Gadget):
    numbers = itertools.count()

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step(f'delete-{next(self.numbers)}', self.delete),)


class AsksForItsLadder(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        self.cloud = cloud
        return super().look(cloud, asked)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        if hasattr(self, 'cloud'):
            self.record(self.cloud, resource.id)
        return super().ladder(resource)


class ForceAsApi(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.delete), Step('force-delete', self.force))


class ForceByAnotherName(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.force), Step('force-delete', self.force, Level.FORCE))


class ResetAsApi(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        if resource.status in LEAVING:
            return (Step('reset', self.reset, removes=False), Step('delete', self.delete))
        return super().ladder(resource)


class ResetRemoves(Gadget):
    """Says of what only prepares that it removes."""

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return tuple(dataclasses.replace(step, removes=True) for step in super().ladder(resource))


class ResetForAll(Gadget):
    """Resets what is well, too, at a level that is always allowed."""

    def ladder(self, resource: Resource) -> Sequence[Step]:
        reset = Step('unlock', lambda cloud, each: self.act(cloud, each, 'reset'), removes=False)
        return (reset, Step('delete', self.delete))
