"""Is a listing that failed ever taken for a short one?"""

import functools
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError, ServiceAbsent
from orphancleanup.handler import ListsByProject
from orphancleanup.model import Ref
from orphancleanup.testing.checks.listing import cut_in_pages
from orphancleanup.testing.checks.observed_cloud import Meet, ObservedCloud, Rewrite, fail_at
from orphancleanup.testing.checks.subject import FAILURES, NOT_FOUND, Subject, number_of_requests, told
from orphancleanup.testing.fake_service import Request

#: what may come instead of a document: nothing in them tells anything
NO_ANSWERS: tuple[Any, ...] = ({}, None, [], '', '<html/>')


class ListingFailures:
    """The tests."""

    def test_a_failed_listing_is_never_taken_for_a_short_one(self, subject: Subject) -> None:
        expected = len(subject.discover(subject.cloud()))
        cloud = subject.cloud()
        for number in range(number_of_requests(subject.discover, cloud)):
            for failure in (*FAILURES, NOT_FOUND):
                observed = ObservedCloud(cloud, fail_at(number, failure))
                found = told(f'discover, at {failure},', subject.discover, observed)
                assert isinstance(found, CloudError) or len(found) == expected, (
                    f'at {failure} only {len(found)} of {expected} were listed, and no error was raised'
                )

    def test_a_failed_listing_of_one_project_is_never_taken_for_a_short_one(self, subject: Subject) -> None:
        handler = subject.handler
        if not isinstance(handler, ListsByProject):
            return
        cloud = subject.cloud()
        project = subject.victim(cloud).project_id
        read = functools.partial(_refs_in, handler, project)
        expected = read(cloud)
        for number in range(number_of_requests(read, cloud)):
            for failure in (*FAILURES, NOT_FOUND):
                found = told(
                    f'discover_in, at {failure},', read, ObservedCloud(cloud, fail_at(number, failure))
                )
                assert isinstance(found, CloudError) or found == expected, (
                    f'at {failure} only {found} of {expected} were listed in {project}, and no error was raised'
                )

    def test_a_listing_that_fails_midway_raises(self, subject: Subject) -> None:
        cloud = subject.cloud(30)
        cut_in_pages(cloud)
        observed = ObservedCloud(cloud)
        subject.discover(observed)
        for page in {each.path for each in observed.requests if 'marker' in each.query}:
            for failure in (*FAILURES, NOT_FOUND):
                observed = ObservedCloud(cloud, _fail_after_first(page, failure))
                found = told(f'discover, at {failure} on a later page,', subject.discover, observed)
                assert isinstance(found, CloudError), (
                    f'a later page of {page} failed ({failure}), and what came before was taken for the whole'
                )

    def test_an_answer_that_is_no_listing_is_refused(self, subject: Subject) -> None:
        cloud = subject.cloud()
        expected = len(subject.discover(cloud))
        for number in range(number_of_requests(subject.discover, cloud)):
            for answer in NO_ANSWERS:
                observed = ObservedCloud(cloud, rewrite=answer_at(number, answer))
                found = told(f'discover, answered {answer!r},', subject.discover, observed)
                assert isinstance(found, CloudError) or len(found) == expected, (
                    f'{answer!r} was taken for a listing of nothing'
                )

    def test_a_service_that_is_not_there_is_told(self, subject: Subject) -> None:
        cloud = subject.cloud()
        cloud.remove_service(subject.handler.service)
        found = told('discover', subject.discover, cloud)
        assert isinstance(found, ServiceAbsent), (
            f'{subject.handler.service} is absent, but discover said {found!r}; let ServiceAbsent pass'
        )

    def test_a_service_that_is_hidden_is_not_absent(self, subject: Subject) -> None:
        cloud = subject.cloud()
        cloud.hide_service(subject.handler.service)
        found = told('discover', subject.discover, cloud)
        is_unknown = isinstance(found, CloudError) and not isinstance(found, ServiceAbsent)
        assert is_unknown, (
            f'{subject.handler.service} is hidden, but discover said {found!r}; let the error pass'
        )

    def test_a_second_service_that_is_not_there_makes_no_shorter_listing(self, subject: Subject) -> None:
        observed = ObservedCloud(subject.cloud())
        expected = len(subject.discover(observed))
        for other in {service for service, _ in observed.services} - {subject.handler.service}:
            for is_hidden in (True, False):
                cloud = subject.cloud()
                (cloud.hide_service if is_hidden else cloud.remove_service)(other)
                found = told('discover', subject.discover, cloud)
                assert isinstance(found, CloudError) or len(found) == expected, (
                    f'without {other} only {len(found)} of {expected} were listed'
                )

    def test_it_asks_the_service_that_it_names(self, subject: Subject) -> None:
        observed = ObservedCloud(subject.cloud())
        subject.discover(observed)
        asked = {request.service for request in observed.requests}
        assert subject.handler.service in asked, (
            f'it names {subject.handler.service}, but asks {sorted(asked)}'
        )


def _refs_in(handler: ListsByProject, project_id: str, cloud: Cloud) -> set[Ref]:
    return {each.ref for each in handler.discover_in(cloud, [project_id])}


def answer_at(number: int, answer: Any) -> Rewrite:
    """Return what gives another answer to one request, by its number from 0 on."""
    return lambda current, request, document: answer if current == number else document


def answer_all(answer: Any) -> Rewrite:
    """Return what gives another answer to every request."""
    return lambda number, request, document: answer


def _fail_after_first(path: str, failure: CloudError) -> Meet:
    def meet(_: int, request: Request) -> None:
        if 'marker' in request.query and request.path == path:
            raise failure

    return meet
