"""What the fake services have about a resource, changed in place."""

from orphancleanup.model import Resource
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud


def records(cloud: FakeCloud, identifier: str) -> list[Item]:
    """Return what the services have under an id."""
    return [each.items[identifier] for each in cloud.collections() if identifier in each.items]


def set_status(cloud: FakeCloud, resource: Resource, word: str) -> None:
    """Let a resource have another status, wherever its records tell the present one."""
    for record in records(cloud, resource.id):
        for field, value in list(record.items()):
            if resource.status and value == resource.status:
                record[field] = word


def name_alike(cloud: FakeCloud, resource: Resource) -> None:
    """Give all others the name of a resource, or one that begins with it."""
    names = [resource.name, f'{resource.name}-2']
    for mine in records(cloud, resource.id):
        fields = [field for field, value in mine.items() if resource.name and value == resource.name]
        for collection in cloud.collections():
            for number, item in enumerate(collection.items.values()):
                if item['id'] != resource.id:
                    item.update({field: names[number % 2] for field in fields if field in item})
