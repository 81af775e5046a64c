"""Gadgets whose ladders or steps do more, less or something else than they say."""

import contextlib
import dataclasses
import itertools
import time
from collections.abc import Sequence
from time import sleep
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError, Conflict, NotFound, OrphancleanupError, Unreachable
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins import records
from tests.unit.testing.gadget import LEAVING, SERVICE, Gadget


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


class ForceByQuery(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).delete(self.path(resource.id), {'force': 'true'})


class ForceWhenRefused(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        try:
            super().delete(cloud, resource)
        except Conflict:
            self.force(cloud, resource)


class ResetAsApi(Gadget):
    def ladder(self, resource: Resource) -> Sequence[Step]:
        if resource.status in LEAVING:
            return (Step('reset', self.reset, removes=False), Step('delete', self.delete))
        return super().ladder(resource)


class ResetForAll(Gadget):
    """Resets what is well, too, at a level that is always allowed."""

    def ladder(self, resource: Resource) -> Sequence[Step]:
        reset = Step('unlock', lambda cloud, each: self.act(cloud, each, 'reset'), removes=False)
        return (reset, Step('delete', self.delete))


class Greedy(Gadget):
    def force(self, cloud: Cloud, resource: Resource) -> None:
        for other in self.discover(cloud):
            super().force(cloud, other)


class SameName(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        for other in self.discover(cloud):
            if other.name == resource.name:
                super().delete(cloud, other)


class SamePrefix(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        super().delete(cloud, resource)
        for other in self.discover(cloud):
            if other.name.startswith(resource.name) and other.id != resource.id:
                super().delete(cloud, other)


class PiecesToo(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        for piece in list(cloud.service(SERVICE).pages('/pieces', 'pieces')):
            if piece['gadget_id'] == resource.id:
                cloud.service(SERVICE).delete(f'/pieces/{piece["id"]}')
        super().delete(cloud, resource)


class CarrierToo(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        super().delete(cloud, resource)
        cloud.service(SERVICE).delete(f'/carriers/{resource.parents[0].id}')


class WholeCollection(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).delete('/gadgets', {'name': resource.name})


class OtherPlace(Gadget):
    """What has the same id elsewhere is something else."""

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        with contextlib.suppress(NotFound):
            cloud.service(SERVICE).delete(f'/widgets/{resource.id}')
        super().delete(cloud, resource)


class Silent(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        with contextlib.suppress(CloudError):
            super().delete(cloud, resource)


class OutageIsRefusal(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        try:
            super().delete(cloud, resource)
        except Unreachable as error:
            raise Conflict(409, str(error)) from error


class RefusedIsGone(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        try:
            super().delete(cloud, resource)
        except Conflict as error:
            raise NotFound(404, str(error)) from error


class Surprised(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        try:
            super().delete(cloud, resource)
        except NotFound as error:
            raise KeyError(resource.id) from error


class Idle(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        self.record(cloud, resource.id)


class ResetsOnly(Gadget):
    """Accepts, and leaves the gadget as it was."""

    def force(self, cloud: Cloud, resource: Resource) -> None:
        self.act(cloud, resource, 'reset')
        self.act(cloud, resource, 'reset')


class GoesOnBlindly(Gadget):
    def reset(self, cloud: Cloud, resource: Resource) -> None:
        with contextlib.suppress(CloudError):
            self.record(cloud, resource.id)
        self.act(cloud, resource, 'reset')


class Polling(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        super().delete(cloud, resource)
        while self.record(cloud, resource.id):
            pass


class LooksOften(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        super().delete(cloud, resource)
        for _ in range(3):
            self.record(cloud, resource.id)


class TriesAgain(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        for number in range(3):
            try:
                super().delete(cloud, resource)
            except Unreachable:
                if number == 2:
                    raise


class ReadsAgain(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        try:
            return super().look(cloud, asked)
        except OrphancleanupError:
            return super().look(cloud, asked)


class Sleeping(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        super().delete(cloud, resource)
        time.sleep(0.0001)


class SleepingByName(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        sleep(0.0001)
        return super().look(cloud, asked)


class ForgetsTheFirst(Gadget):
    """Removes the one whose ladder was made last."""

    def ladder(self, resource: Resource) -> Sequence[Step]:
        self.last = resource
        return super().ladder(resource)

    def path(self, identifier: str) -> str:
        return f'/gadgets/{records.segment(identifier)}'

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        super().delete(cloud, self.last)


class DeletesWhereItLooked(Gadget):
    def look(self, cloud: Cloud, asked: Any) -> Resource | None:
        self.seen = cloud
        return super().look(cloud, asked)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        super().delete(getattr(self, 'seen', cloud), resource)


class ResetsWhatIsUsed(Gadget):
    """Prepares without asking whether what comes after it would be refused."""

    def reset(self, cloud: Cloud, resource: Resource) -> None:
        self.record(cloud, resource.id)
        self.act(cloud, resource, 'reset')
