"""What do owners tell about their parts, and kinds about a failure? For kinds that have these abilities."""

import functools

from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError, NotFound
from orphancleanup.handler import GivesEvidence, Handler, HoldsParts
from orphancleanup.model import Evidence, Part, Resource
from orphancleanup.testing.checks.listing_failures import NO_ANSWERS, answer_all
from orphancleanup.testing.checks.observed_cloud import ObservedCloud, fail_at
from orphancleanup.testing.checks.resource_faults import part_faults
from orphancleanup.testing.checks.subject import FAILURES, NOT_FOUND, Subject, number_of_requests, told


class Owners:
    """The tests."""

    def test_parts_are_told_well(self, subject: Subject) -> None:
        if not isinstance(subject.handler, HoldsParts):
            return
        cloud = subject.cloud()
        found = parts(subject.handler, subject.victim(cloud), cloud)
        assert found, 'let "seed" give the victim at least one part'
        wrong = [fault for part in found for fault in part_faults(part)]
        assert not wrong, '; '.join(wrong)

    def test_parts_that_cannot_be_read_are_not_none(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        holdings = functools.partial(parts, subject.handler, victim)
        expected = holdings(cloud)
        for number in range(number_of_requests(holdings, cloud)):
            for failure in (*FAILURES, NOT_FOUND):
                observed = ObservedCloud(cloud, fail_at(number, failure))
                found = told(f'parts, at {failure},', holdings, observed)
                is_whole = isinstance(found, CloudError) or len(found) == len(expected)
                assert is_whole, f'at {failure} only {found} of {len(expected)} parts were told'

    def test_a_404_on_the_way_to_the_parts_of_an_owner_is_not_its_end(self, subject: Subject) -> None:
        cloud = subject.cloud()
        holdings = functools.partial(parts, subject.handler, subject.victim(cloud))
        for number in range(number_of_requests(holdings, cloud)):
            observed = ObservedCloud(cloud, fail_at(number, NOT_FOUND))
            found = told('parts, at a 404,', holdings, observed)
            assert not isinstance(found, NotFound), 'a part of the answer is missing, not the owner'

    def test_an_answer_about_parts_that_tells_nothing_is_refused(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        holdings = functools.partial(parts, subject.handler, victim)
        if not holdings(cloud):
            return
        for answer in NO_ANSWERS:
            observed = ObservedCloud(cloud, rewrite=answer_all(answer))
            found = told(f'parts, answered {answer!r},', holdings, observed)
            assert isinstance(found, CloudError), f'answered {answer!r}, parts said {found}'

    def test_evidence_is_told_or_an_error_of_the_cloud(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        explain = functools.partial(evidence, subject.handler, victim)
        for each in explain(cloud):
            assert isinstance(each, Evidence), f'{each!r} is no Evidence'
            assert isinstance(each.text, str), f'{each!r} has no text'
        for number in range(number_of_requests(explain, cloud)):
            for failure in (*FAILURES, NOT_FOUND):
                observed = ObservedCloud(cloud, fail_at(number, failure))
                told(f'evidence, at {failure},', explain, observed)


def parts(handler: Handler, owner: Resource, cloud: Cloud) -> tuple[Part, ...]:
    """Return what an owner says that it holds; nothing for a kind that holds nothing."""
    return tuple(handler.parts(cloud, owner)) if isinstance(handler, HoldsParts) else ()


def evidence(handler: Handler, resource: Resource, cloud: Cloud) -> tuple[Evidence, ...]:
    """Return what a kind tells about a resource; nothing for a kind that tells nothing."""
    return tuple(handler.evidence(cloud, resource)) if isinstance(handler, GivesEvidence) else ()
