"""Everything that can go wrong on purpose.

::

    OrphancleanupError                 exit 1
    ├── UsageError                     exit 2: the command line asks for something impossible
    ├── ConfigurationError             the configuration file, clouds.yaml or OS_* variables
    ├── PluginError                    a handler that cannot be loaded, is duplicated or breaks the contract
    ├── SavedStateError                a baseline that must not be trusted
    ├── PlanError                      a plan that must not be applied
    ├── JournalError                   a run whose journal cannot be read or written
    ├── LockedError                    another run works on the same cloud
    ├── TooLate                        what was seen before a change is too old by now: it was not sent
    ├── ReadOnlyViolation              a change was tried where only reading is allowed (a defect of a handler)
    └── CloudError                     what a cloud answered, or did not
        ├── AuthenticationFailed       Keystone refused us
        ├── ServiceAbsent              the cloud positively has no such service
        │   └── NotConfigured          what it is about is not the cloud's, and the configuration names none
        ├── ServiceHidden              there is such a service, but not in our catalogue: nothing is known of it
        ├── IncompleteListing          a listing that must not be taken for the whole
        │   ├── ListingMoved           it changed while it was read; it may be read again
        │   └── PartlyListed           it is whole, but for some projects that show us nothing
        ├── StepUnavailable            a step that there is no use for here, or that the cloud does not offer
        ├── Unreachable                no usable answer: the state of the request is unknown
        │   └── Redirected             it points to a place outside of the service, where nobody was asked
        ├── DatabaseError              a service's database could not be used just now; nothing was changed in it
        │   └── DatabaseRefused        what a step in it rests on does not hold, and will not by itself
        └── ApiError                   an answer that says no
            ├── BadRequest             400
            ├── Unauthorized           401: no answer about the resource at all
            ├── Forbidden              403
            ├── NotFound               404: positively not there
            └── Conflict               409

Every message says what is wrong, where, and what to do next.
"""

from collections.abc import Iterable, Mapping
from typing import Any


class OrphancleanupError(Exception):
    """Base of all errors that are shown as one sentence, without a traceback."""

    exit_code = 1


class UsageError(OrphancleanupError):
    """The command line asks for something that cannot be done."""

    exit_code = 2


class ConfigurationError(OrphancleanupError):
    """The configuration file, clouds.yaml or the OS_* variables cannot be used."""


class PluginError(OrphancleanupError):
    """A handler cannot be loaded, is there twice, or breaks the contract."""


class SavedStateError(OrphancleanupError):
    """A baseline that must not be trusted."""


class PlanError(OrphancleanupError):
    """A plan that must not be applied."""


class JournalError(OrphancleanupError):
    """A run whose journal cannot be read or written."""


class LockedError(OrphancleanupError):
    """Another run works on the same cloud."""


class ReadOnlyViolation(OrphancleanupError):
    """A change was tried through a transport that only reads."""


class TooLate(OrphancleanupError):
    """What was looked at before a change is older than it may be; the change was not sent."""


class CloudError(OrphancleanupError):
    """A cloud could not be used as intended."""


class AuthenticationFailed(CloudError):
    """Keystone refused the credentials."""


class ServiceAbsent(CloudError):
    """The cloud has no such service: it is neither in the catalogue nor among what Keystone has registered."""


class NotConfigured(ServiceAbsent):
    """A kind that is no service's of the cloud, and for which the configuration file names nothing to look at."""


class ServiceHidden(CloudError):
    """Our catalogue lacks a service that the cloud has, or may have; nothing is known about what is in it."""


class IncompleteListing(CloudError):
    """A listing that failed, was cut or shrank while it was read."""


class PartlyListed(IncompleteListing):
    """A listing that is whole, but for some projects in which the account is shown nothing.

    :param found: the resources of all other projects.
    :param unread: the id of each such project to the sentence that says why, and what to do.
    """

    def __init__(self, found: Iterable[Any], unread: Mapping[str, str]) -> None:
        first = next(iter(unread.values()))
        more = f' {len(unread) - 1} more projects could not be read.' if len(unread) > 1 else ''
        super().__init__(f'{first}{more}')
        self.found = tuple(found)
        self.unread = dict(unread)


class ListingMoved(IncompleteListing):
    """A listing that changed while it was read, so that it may lack something; reading it again may help."""


class StepUnavailable(CloudError):
    """A step that the cloud does not offer, or that is of no use here: it has changed nothing, and it did not fail."""


class Unreachable(CloudError):
    """No usable answer came back: whether the request took effect is unknown."""

    def __init__(self, message: str, request_id: str = '') -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id


class Redirected(Unreachable):
    """A service points to a place outside of itself (a stack of another project): nobody was asked there."""


class DatabaseError(CloudError):
    """A service's database could not be used just now; nothing was changed in it."""


class DatabaseRefused(DatabaseError):
    """A step in a database was not taken, since what it rests on does not hold, and will not by itself."""


class ApiError(CloudError):
    """An answer that says no.

    :param status: the HTTP status.
    :param message: what the service said, or the status line.
    :param request_id: ``x-openstack-request-id`` of the answer, empty when it had none.
    """

    def __init__(self, status: int, message: str, request_id: str = '') -> None:
        super().__init__(f'HTTP {status}: {message}' + (f' ({request_id})' if request_id else ''))
        self.status = status
        self.message = message
        self.request_id = request_id

    @staticmethod
    def of(status: int, message: str, request_id: str = '') -> 'ApiError':
        """Return the member of the tree that stands for this HTTP status."""
        kind = _BY_STATUS.get(status, ApiError)
        return kind(status, message, request_id)


class BadRequest(ApiError):
    """HTTP 400."""


class Unauthorized(ApiError):
    """HTTP 401: the service does not know who asks; it says nothing about the resource."""


class Forbidden(ApiError):
    """HTTP 403."""


class NotFound(ApiError):
    """HTTP 404: the resource is positively not there."""


class Conflict(ApiError):
    """HTTP 409: something still holds the resource."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
}
