"""Does ``discover`` list everything, once, and well?"""

import copy

from orphancleanup.errors import IncompleteListing
from orphancleanup.handler import ListsByProject
from orphancleanup.model import Resource
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.checks.resource_faults import faults
from orphancleanup.testing.checks.subject import Subject, told
from orphancleanup.testing.collection import Collection
from orphancleanup.testing.fake_cloud import FakeCloud

#: more than any page of the fake holds
CROWD = 1100
_MANY = 30
_PAGE = 10
_NOT_TOLD = (
    'how does {path} of {service} show what belongs to other projects? Say so where the collection is made: '
    "CollectionOptions(all_tenants='all_tenants') when only with that query, CollectionOptions(all_tenants='') when "
    'an administrator always sees them'
)


class Listing:
    """The tests."""

    def test_discover_yields_resources_of_its_kind_once(self, subject: Subject) -> None:
        found = subject.discover(subject.cloud())
        assert len(found) >= 3, f'{len(found)} of at least 3 resources were found'
        wrong = [fault for each in found for fault in faults(each, subject.handler.kind)]
        assert not wrong, '; '.join(wrong)
        assert len({each.ref for each in found}) == len(found), 'something was listed twice'

    def test_what_belongs_to_other_projects_is_listed(self, subject: Subject) -> None:
        cloud = subject.cloud()
        found = subject.discover(cloud)
        assert len(found) >= 3, f'{len(found)} of at least 3 resources were found, whosever they are'
        for collection in _homes(cloud, found):
            sentence = _NOT_TOLD.format(path=collection.path, service=subject.handler.service)
            assert collection.options.all_tenants is not None, sentence
        owners = {each.project_id for each in found} - {''}
        if subject.suite.is_global:
            return
        assert owners, 'nothing has an owner: tell the project_id, or set "is_global" in the suite'
        assert owners - {cloud.project_id}, 'let "seed" add resources of other projects than the own one'

    def test_whoever_owns_it_it_is_listed(self, subject: Subject) -> None:
        if subject.suite.is_global:
            return
        for owner in (FakeCloud().project_id, 'kit-dead-project'):
            cloud = subject.cloud()
            before = subject.discover(cloud)
            known = {each.project_id for each in before} - {''}
            _give(cloud, known, owner)
            found = subject.discover(cloud)
            assert len(found) == len(before), (
                f'{len(found)} of {len(before)} were listed when all were of {owner}'
            )
            told_owners = {each.project_id for each in found} - {''}
            assert told_owners <= {owner}, f'what belongs to {owner} was told to belong to {told_owners}'
            assert told_owners or not known, f"what belongs to {owner} was told to be nobody's"

    def test_some_projects_are_listed_as_all_are(self, subject: Subject) -> None:
        if not isinstance(subject.handler, ListsByProject):
            return
        cloud = subject.cloud()
        homes = {each.ref: each.project_id for each in subject.discover(cloud)}
        for project in set(homes.values()):
            expected = {ref for ref, home in homes.items() if home == project}
            found = {each.ref for each in subject.handler.discover_in(cloud, [project])}
            assert found == expected, f'discover has {expected} in {project}, discover_in {found}'

    def test_discover_asks_no_more_when_there_is_more(self, subject: Subject) -> None:
        few, many = ObservedCloud(subject.cloud()), ObservedCloud(subject.cloud(_MANY))
        subject.discover(few)
        assert len(subject.discover(many)) >= _MANY
        assert len(many.requests) <= len(few.requests), 'one request for each resource is too many'

    def test_a_great_many_are_listed(self, subject: Subject) -> None:
        found = subject.discover(subject.cloud(CROWD))
        assert len(found) >= CROWD, f'{len(found)} of {CROWD} were listed'

    def test_later_pages_are_read(self, subject: Subject) -> None:
        cloud = subject.cloud(_MANY)
        cut_in_pages(cloud)
        found = subject.discover(cloud)
        assert len(found) >= _MANY, f'{len(found)} of {_MANY} were listed, {_PAGE} on each page'

    def test_a_listing_that_is_cut_without_a_word_is_read_on_or_refused(self, subject: Subject) -> None:
        """For services without links: they end a page at a limit that only they know."""
        cloud = subject.cloud(_MANY)
        expected = len(subject.discover(cloud))
        for collection in cloud.collections():
            collection.cut = None if collection.options.has_links else _PAGE
        found = told('discover', subject.discover, cloud)
        if isinstance(found, list):
            assert len(found) == expected, (
                f'{len(found)} of {expected} were listed when the service cut its pages; ask past the end (past_end)'
            )

    def test_a_listing_that_says_it_was_cut_is_refused(self, subject: Subject) -> None:
        cloud = subject.cloud()
        refs = {each.id for each in subject.discover(cloud)}

        def cut(_: int, request: object, document: object) -> object:
            return _cut(document, refs)

        found = told('discover', subject.discover, ObservedCloud(cloud, rewrite=cut))
        assert isinstance(found, IncompleteListing), (
            'a page without its last item that says "truncated" was taken for the whole'
        )


def cut_in_pages(cloud: FakeCloud) -> None:
    """Let every collection be listed in small pages."""
    for collection in cloud.collections():
        collection.page_size = _PAGE


def _homes(cloud: FakeCloud, found: list[Resource]) -> list[Collection]:
    ids = {each.id for each in found}
    return [each for each in cloud.collections() if ids & set(each.items)]


def _give(cloud: FakeCloud, known: set[str], owner: str) -> None:
    for collection in cloud.collections():
        for item in collection.items.values():
            for field, value in list(item.items()):
                if isinstance(value, str) and value in known:
                    item[field] = owner


def _cut(document: object, ids: set[str]) -> object:
    if not isinstance(document, dict):
        return document
    shorter = copy.copy(document)
    for key, value in document.items():
        if isinstance(value, list) and any(
            isinstance(each, dict) and each.get('id') in ids for each in value
        ):
            shorter |= {key: value[:-1], 'truncated': True}
            shorter.pop('count', None)
    return shorter
