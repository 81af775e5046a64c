"""A plain kind, told by a table: where it is, how its fields are called, what they refer to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from orphancleanup import records
from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.records import Record

#: the relations that a table may tell; see :class:`orphancleanup.model.Resource`
RELATIONS = ('parents', 'blockers', 'owners', 'goes_with', 'holds', 'retains', 'alters')
#: those by which what stays keeps what it names
KEEPING = ('parents', 'owners', 'goes_with', 'holds', 'retains')


class TableHandler(Handler):
    """A handler that needs nothing but class attributes; what is special about a kind overrides one method.

    A field is the name of a member of the record, or a path of names with dots (``attachments.server_id``); a list on
    the way is followed into each of its members. A field that is named here and that a record lacks makes the listing
    incomplete: nobody knows what it would have said. Null and nothing are fine, except for :attr:`filled`.
    """

    #: where one is, without its id, below the endpoint of the service (``/volumes``)
    path: ClassVar[str]
    #: the name of the list in the document of the listing (``volumes``)
    key: ClassVar[str]
    #: the name of the record in the document of one; by default the key without its last letter
    singular: ClassVar[str] = ''
    #: whether the document of one has the record under that name; False where it is the record itself (Glance)
    is_wrapped: ClassVar[bool] = True
    #: where all are listed, with all fields (``/volumes/detail``); by default the path
    list_path: ClassVar[str] = ''
    #: the lowest microversion that is needed
    microversion: ClassVar[str | None] = None
    #: what the listing is asked with, so that it is that of all projects (``{'all_tenants': 1}``)
    query: ClassVar[Query] = {}
    #: what one is asked for with
    show_query: ClassVar[Query] = {}
    #: see :meth:`orphancleanup.api.Service.pages`
    past_end: ClassVar[bool] = False

    name_field: ClassVar[str] = 'name'
    #: what tells the project; empty for a kind that belongs to no project, see :attr:`in_projects`, too
    project_field: ClassVar[str] = 'project_id'
    #: in these a record may have nothing, and a service need not know them
    status_field: ClassVar[str] = 'status'
    created_field: ClassVar[str] = 'created_at'
    #: what tells since when the status stands; empty where the service does not
    updated_field: ClassVar[str] = ''
    #: names, and mappings of names to values; ``tags`` and ``metadata`` count in any case where a record has them
    tag_fields: ClassVar[tuple[str, ...]] = ()
    #: what may be changed of one that stays; see :class:`orphancleanup.model.Resource`
    value_fields: ClassVar[tuple[str, ...]] = ()
    #: fields that always have something in them
    filled: ClassVar[frozenset[str]] = frozenset()

    #: field to the kind whose id is in it; see :class:`orphancleanup.model.Resource`
    parents: ClassVar[Mapping[str, str]] = {}
    blockers: ClassVar[Mapping[str, str]] = {}
    owners: ClassVar[Mapping[str, str]] = {}
    goes_with: ClassVar[Mapping[str, str]] = {}
    holds: ClassVar[Mapping[str, str]] = {}
    retains: ClassVar[Mapping[str, str]] = {}
    alters: ClassVar[Mapping[str, str]] = {}

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        self.require_all(cloud)
        yield from map(self.resource, self.completed(cloud, self.listing(cloud)))

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        record = self.record(cloud, ref)
        if record is None:
            return None
        (whole,) = self.completed(cloud, [record])
        return self.resource(whole)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`; a plain removal, unless it is overridden."""
        return (Step('delete', self.delete),)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Ask for a plain removal."""
        self.api(cloud).delete(self.address(resource.ref))

    def require_all(self, cloud: Cloud) -> None:
        """Return when the service shows us all of the kind; asked before a listing, and before a 404 is believed.

        To be overridden for a service that shows less to some accounts, and does not say so.

        :raises orphancleanup.errors.IncompleteListing: when it does not, or that cannot be told.
        """

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return records with what has to be asked for besides; overridden for a kind whose records do not tell all.

        :param found: all records of a listing, or the one that was looked at.
        """
        return found

    def resource(self, record: Record) -> Resource:
        """Return the resource that a record is about; to be overridden for what no table tells."""
        for field in self.filled:
            records.filled(record, field, self.kind)
        status = str(records.first(record, self.status_field) or '')
        return Resource(
            Ref(self.kind, records.identifier(record, self.kind)),
            name=str(records.first(record, self.name_field) or ''),
            project_id=self._project(record),
            status=status,
            created_at=records.timestamp(records.first(record, self.created_field)),
            updated_at=records.timestamp(records.first(record, self.updated_field)),
            condition=self.states.condition(status),
            tags=records.all_tags(record, self.tag_fields, self.kind),
            parents=self._referred(record, self.parents),
            blockers=self._referred(record, self.blockers),
            owners=self._referred(record, self.owners),
            goes_with=self._referred(record, self.goes_with),
            holds=self._referred(record, self.holds),
            retains=self._referred(record, self.retains),
            alters=self._referred(record, self.alters),
            values=records.values(record, self.value_fields),
        )

    def api(self, cloud: Cloud) -> Service:
        """Return the service of the kind, at its microversion."""
        return cloud.service(self.service, self.microversion)

    def address(self, ref: Ref) -> str:
        """Return the path of one."""
        return f'{self.path}/{records.segment(ref.id)}'

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """Return the records of all, or of those that a query leaves, as they are listed."""
        where = self.list_path or self.path
        return self.api(cloud).pages(where, self.key, {**self.query, **(query or {})}, past_end=self.past_end)

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """Return the record of one as it is now; None only for a 404 that somebody gets who is shown everything."""
        try:
            document = self.api(cloud).get(self.address(ref), self.show_query)
        except NotFound:
            self.require_all(cloud)
            return None
        key = (self.singular or self.key[:-1]) if self.is_wrapped else ''
        return records.one(document, key, str(ref))

    def _project(self, record: Record) -> str:
        if not self.project_field:
            return ''
        return next(iter(records.references(record, self.project_field, self.kind)), '')

    def _referred(self, record: Record, kinds: Mapping[str, str]) -> tuple[Ref, ...]:
        if not kinds:
            return ()
        found: dict[Ref, Any] = {
            Ref(kind, identifier): None
            for field, kind in kinds.items()
            for identifier in records.references(record, field, self.kind)
        }
        return tuple(found)


def told_to_keep(handler: Handler) -> frozenset[str]:
    """Return the kinds that a handler's table names by a relation by which what stays keeps what it names."""
    if not isinstance(handler, TableHandler):
        return frozenset()
    return frozenset(kind for relation in KEEPING for kind in getattr(handler, relation).values())
