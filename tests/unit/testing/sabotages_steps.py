"""Gadgets whose ladders or steps do more, less or something else than they say."""

import contextlib
import time
from collections.abc import Sequence
from time import sleep
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError, Conflict, NotFound, OrphancleanupError, Unreachable
from orphancleanup.ladder import Step
from orphancleanup.model import Resource
from tests.unit.testing.gadget import SERVICE, Gadget


class ForceByQuery(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE).delete(self.path(resource.id), {'force': 'true'})


class ForceWhenRefused(Gadget):
    def delete(self, cloud: Cloud, resource: Resource) -> None:
        try:
            super().delete(cloud, resource)
        except Conflict:
            self.force(cloud, resource)


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
