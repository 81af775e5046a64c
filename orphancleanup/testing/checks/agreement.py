"""Do ``discover`` and ``look`` tell the same, whatever a record says, and is no record left out?"""

import functools
from collections.abc import Callable
from typing import TypeVar

from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError
from orphancleanup.model import Resource
from orphancleanup.strangers import attempted
from orphancleanup.testing.checks.alterations import Altered, altered, without
from orphancleanup.testing.checks.fake_records import records
from orphancleanup.testing.checks.resource_faults import difference, faults
from orphancleanup.testing.checks.subject import Subject
from orphancleanup.testing.fake_cloud import FakeCloud

Value = TypeVar('Value')
KEEP = 'orphancleanup:keep'
#: fields by which services tell what protects, and how a record has them
_TAGS: dict[str, object] = {'tags': [KEEP], 'metadata': {KEEP: 'yes'}}


class Agreement:
    """The tests."""

    def test_look_agrees_with_discover_field_by_field(self, subject: Subject) -> None:
        cloud = subject.cloud()
        for each in subject.discover(cloud):
            for name, ask in subject.asks(each.ref).items():
                found = ask(cloud)
                assert found is not None, f'{name} says that {each.ref} is gone'
                assert found == each, (
                    f'discover and {name} differ about {each.ref}: {difference(each, found)}'
                )

    def test_the_same_is_told_twice(self, subject: Subject) -> None:
        cloud = subject.cloud()
        first, second = ({each.ref: each for each in subject.discover(cloud)} for _ in range(2))
        for ref, each in first.items():
            assert each == second[ref], f'twice asked for {ref}: {difference(each, second[ref])}'

    def test_look_agrees_with_discover_whatever_a_record_says(self, subject: Subject) -> None:
        for case in altered(subject):
            listed, is_known = _read(subject.readings(case.victim.ref)['discover'], case)
            if not is_known:
                continue
            for name, ask in subject.asks(case.victim.ref).items():
                looked, is_known = _read(ask, case)
                wrong = _disagreement(listed, looked) if is_known else ''
                assert not wrong, f'when {case.alteration}, discover and {name} differ: {wrong}'

    def test_no_record_is_left_out(self, subject: Subject) -> None:
        expected = len(subject.discover(subject.cloud()))
        for case in altered(subject):
            listed, is_known = _read(subject.discover, case)
            if is_known and not isinstance(listed, Exception):
                assert len(listed) == expected, (
                    f'when {case.alteration}, {len(listed)} of {expected} were listed'
                )

    def test_a_record_is_told_well_or_refused_with_a_sentence(self, subject: Subject) -> None:
        for case in altered(subject):
            listed, is_known = _read(subject.discover, case)
            if not is_known or not case.alteration.is_plausible:
                continue
            where = f'when {case.alteration}'
            if isinstance(listed, Exception):
                assert isinstance(listed, CloudError), (
                    f'{where}, discover raised {listed!r}, which is no sentence'
                )
                continue
            wrong = [fault for each in listed for fault in faults(each, subject.handler.kind)]
            assert not wrong, f'{where}: {"; ".join(wrong)}'

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        for what, read in subject.readings(victim.ref).items():
            found = attempted(functools.partial(read, without(cloud, victim, {'id'})))
            assert isinstance(found, CloudError), f'{what} read a record without its id: {found!r}'

    def test_a_record_without_its_owner_is_refused(self, subject: Subject) -> None:
        """Else it is nobody's, which nothing keeps."""
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        fields = {
            field
            for record in records(cloud, victim.id)
            for field, value in record.items()
            if value and value == victim.project_id
        }
        for what, read in subject.readings(victim.ref).items() if fields else ():
            found = attempted(functools.partial(read, without(cloud, victim, fields)))
            assert isinstance(found, CloudError), (
                f'{what} read a record without its owner ({fields}): {found!r}'
            )

    def test_its_words_for_a_status_are_read(self, subject: Subject) -> None:
        """Else nothing of it is ever stuck, and whether its removal failed is not seen."""
        states = subject.handler.states
        words = states.creation_failed | states.deletion_failed | states.leaving
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        assert not words or any(_tells(subject, cloud, victim, word) for word in sorted(words)), (
            f'whatever field of a record says {min(words)!r}, its condition is normal: which one tells the status, and '
            f'does the seed fill it?'
        )

    def test_what_protects_is_told(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        for record in records(cloud, victim.id):
            for field in sorted(set(record) & set(_TAGS)):
                before, record[field] = record[field], _TAGS[field]
                for what, read in subject.readings(victim.ref).items():
                    found = attempted(functools.partial(read, cloud))
                    is_told = isinstance(found, Resource) and KEEP in found.tags
                    assert is_told, f'{what} does not tell the tag {KEEP} that is in {field!r}: {found!r}'
                    found = attempted(functools.partial(read, without(cloud, victim, {field})))
                    assert isinstance(found, CloudError), f'without {field!r}, {what} takes it for untagged'
                record[field] = before


def _tells(subject: Subject, cloud: FakeCloud, victim: Resource, word: str) -> bool:
    """Return whether a field of a record makes the condition what a word for a status means."""
    wanted = subject.handler.states.condition(word)
    for record in records(cloud, victim.id):
        for field, before in list(record.items()):
            record[field] = word if field != 'id' else before
            found = attempted(functools.partial(subject.discover, cloud))
            record[field] = before
            listed = () if isinstance(found, Exception) else found
            if any(each.ref == victim.ref and each.condition is wanted for each in listed):
                return True
    return False


def _disagreement(listed: Resource | Exception | None, looked: Resource | Exception | None) -> str:
    """Return in what two readings of one altered resource differ; empty when in nothing.

    That a listing lacks it is the question of another test.
    """
    if isinstance(listed, Resource) and isinstance(looked, Resource):
        return difference(listed, looked)
    both_fail = isinstance(listed, Exception) and isinstance(looked, Exception)
    is_lacking = listed is None and looked is not None
    return '' if both_fail or is_lacking else f'{listed!r} and {looked!r}'


def _read(read: Callable[[Cloud], Value], case: Altered) -> tuple[Value | Exception, bool]:
    """Return what a reading says, and whether the fake could bear the record."""
    observed = case.observed()
    found = attempted(functools.partial(read, observed))
    return found, not observed.is_fake_broken
