"""Who has which role where: what Keystone has no id for."""

from dataclasses import dataclass

from orphancleanup.errors import IncompleteListing
from orphancleanup.model import Ref
from orphancleanup.records import Record, first, identifier, present, segment

KIND = 'keystone-role-assignment'
_HOLDERS = ('user', 'group')
_SCOPES = ('project', 'domain', 'system')
_INHERITED = 'inherited'


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody has somewhere.

    :param holder: ``user`` or ``group``.
    :param scope: ``project``, ``domain`` or ``system``.
    :param scope_id: of the project or the domain; ``all`` for the system.
    :param is_inherited: whether it is for the projects below only (OS-INHERIT).
    """

    holder: str
    holder_id: str
    scope: str
    scope_id: str
    role_id: str
    is_inherited: bool = False

    @property
    def id(self) -> str:
        """What we call it; no id of Keystone's has a colon in it."""
        words = (self.holder, self.holder_id, self.scope, self.scope_id, self.role_id)
        return ':'.join((*words, _INHERITED) if self.is_inherited else words)

    @property
    def ends(self) -> tuple[Ref, ...]:
        """Who has it, and where; the system is nothing that could be gone."""
        scope = () if self.scope == 'system' else (Ref(f'keystone-{self.scope}', self.scope_id),)
        return (Ref(f'keystone-{self.holder}', self.holder_id), *scope)

    @property
    def path(self) -> str:
        """Where Keystone deletes it."""
        where = '/system' if self.scope == 'system' else f'/{self.scope}s/{segment(self.scope_id)}'
        plain = f'{where}/{self.holder}s/{segment(self.holder_id)}/roles/{segment(self.role_id)}'
        return f'/OS-INHERIT{plain}/inherited_to_projects' if self.is_inherited else plain


def read(record: Record) -> Grant:
    """Return what a record of Keystone's listing says.

    :raises IncompleteListing: when it does not say who has the role, or where.
    """
    scope = present(record, 'scope', KIND)
    holders = [each for each in _HOLDERS if record.get(each)]
    scopes = [each for each in _SCOPES if isinstance(scope, dict) and scope.get(each)]
    if len(holders) != 1 or len(scopes) != 1 or not first(record, 'role.id'):
        raise IncompleteListing(
            f'A {KIND} came without one who has it, a place where, or its role: it tells nothing.'
        )
    where = 'all' if scopes == ['system'] else identifier(scope[scopes[0]], KIND)
    return Grant(
        holders[0],
        identifier(record[holders[0]], KIND),
        scopes[0],
        where,
        identifier(record['role'], KIND),
        bool(scope.get('OS-INHERIT:inherited_to')),
    )
