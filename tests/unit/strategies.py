"""Hypothesis strategies for the values of a run."""

import datetime

from hypothesis import strategies as st

from orphancleanup.judging.baseline import Baseline, KnownResource
from orphancleanup.judging.plan import Entry, Plan, Unresolved
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import CloudIdentity, Condition, Part, Project, Ref, Resource, Scope, Unread

words = st.text(max_size=12)
ids = st.text(min_size=1, max_size=12)
kinds = st.sampled_from(['cinder-volume', 'cinder-snapshot', 'nova-server', '3par-lun'])
refs = st.builds(Ref, kinds, ids)
times = st.datetimes(min_value=datetime.datetime(1971, 1, 1), timezones=st.just(datetime.UTC))
clouds = st.builds(CloudIdentity, words, words, words, words, words)
reasons = st.builds(Reason, words, words)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
ref_tuples = st.lists(refs, max_size=2).map(tuple)
resources = st.builds(
    Resource,
    ref=refs,
    name=words,
    project_id=words,
    status=words,
    created_at=st.none() | times,
    updated_at=st.none() | times,
    condition=st.sampled_from(Condition),
    parents=ref_tuples,
    blockers=ref_tuples,
    owners=ref_tuples,
    holds=ref_tuples,
    goes_with=ref_tuples,
    retains=ref_tuples,
    alters=ref_tuples,
    others=st.lists(st.builds(Part, words, ids), max_size=2).map(tuple),
    serves=st.frozensets(words, max_size=2),
    tags=st.frozensets(words, max_size=2),
    is_system=st.booleans(),
    is_for_all=st.booleans(),
    protection=words,
    details=st.dictionaries(words, json_values, max_size=3),
)
entries = st.builds(
    Entry,
    resource=resources,
    reasons=st.lists(reasons, max_size=2).map(tuple),
    owners=ref_tuples,
    waits_for=ref_tuples,
)
scopes = st.builds(Scope, kinds, words, st.none() | refs, st.none() | refs)
projects = st.builds(Project, ids, words, words, st.booleans())
plans = st.builds(
    Plan,
    cloud=clouds,
    created_at=times,
    entries=st.lists(entries, max_size=4, unique_by=lambda entry: entry.ref).map(tuple),
    seen=st.dictionaries(kinds, st.integers(min_value=0), max_size=3),
    requests=st.dictionaries(kinds, st.integers(min_value=0), max_size=3),
    projects=st.lists(projects, max_size=3).map(lambda found: {project.id: project for project in found}),
    has_baseline=st.booleans(),
    unread=st.lists(st.builds(Unread, scopes, words), max_size=2).map(tuple),
    unresolved=st.lists(st.builds(Unresolved, refs, words), max_size=2).map(tuple),
    stuck=st.none() | st.integers(0, 10**8).map(lambda seconds: datetime.timedelta(seconds=seconds)),
)
baselines = st.builds(
    Baseline,
    resources=st.dictionaries(
        refs,
        st.builds(
            KnownResource,
            words,
            words,
            st.none() | times,
            st.dictionaries(words, json_values, max_size=2),
        ),
        max_size=6,
    ),
    complete=st.frozensets(kinds),
    projects=st.dictionaries(ids, words, max_size=3),
    cloud=clouds,
    created_at=times,
    tool_version=words,
)
