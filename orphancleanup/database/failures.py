"""What a driver says, in our own errors: one sentence, and nothing that a driver quotes of rows or accounts."""

import contextlib
from collections.abc import Iterator, Mapping

from sqlalchemy import exc

from orphancleanup.errors import DatabaseError, DatabaseRefused, OrphancleanupError

# MySQL's and MariaDB's numbers: errors that a second try may not meet.
_PASSING: Mapping[int, str] = {
    1205: 'a row is locked by somebody else for too long',
    1213: 'somebody else changed the same rows at the same time (a deadlock)',
    1020: 'a row was changed by somebody else meanwhile',
    1040: 'the server has too many connections',
    1927: 'the server ended the connection',
    2003: 'the server cannot be reached',
    2006: 'the connection was lost',
    2013: 'the connection was lost',
}
_LASTING: Mapping[int, str] = {
    1044: 'the account may not use the database; see "orphancleanup database grants"',
    1045: 'the server does not accept the account; correct the connection',
    1049: 'the server has no such database; correct the connection',
    1054: 'a column is missing: this release is not known',
    1142: 'the account may not do this; see "orphancleanup database grants"',
    1143: 'the account may not do this; see "orphancleanup database grants"',
    1146: 'a table is missing: is it the right database?',
    1227: 'the account may not do this; see "orphancleanup database grants"',
    1290: 'the server only reads; give the connection of one that writes',
    1451: 'other rows refer to a row that was to go: this release is not known',
    1452: 'a row refers to one that is not there',
    1698: 'the server does not accept the account; correct the connection',
    1792: 'the server only reads; give the connection of one that writes',
    1836: 'the server only reads; give the connection of one that writes',
}
# SQLite has words only.
_WORDS: Mapping[str, type[OrphancleanupError]] = {
    'database is locked': DatabaseError,
    'readonly database': DatabaseRefused,
    'unable to open database file': DatabaseRefused,
    'not a database': DatabaseRefused,
    'foreign key constraint failed': DatabaseRefused,
}


@contextlib.contextmanager
def translated(suppressing: bool = False) -> Iterator[None]:
    """Turn what a driver raises into an error of the tree.

    :param suppressing: whether what goes wrong is of no matter, since something else went wrong already.
    :raises DatabaseError: for what a second try may not meet.
    :raises DatabaseRefused: for what it would meet again.
    """
    try:
        yield
    except exc.SQLAlchemyError as error:
        if not suppressing:
            # Without the cause: SQLAlchemy's text has the statement with its parameters, secrets included.
            raise told(error) from None


def told(error: exc.SQLAlchemyError) -> OrphancleanupError:
    """Return the error of the tree for one of the driver's."""
    original = getattr(error, 'orig', None)
    arguments = getattr(original, 'args', ())
    number = arguments[0] if arguments and isinstance(arguments[0], int) else 0
    if number in _PASSING:
        return DatabaseError(f'{_PASSING[number]}; nothing was changed.')
    if number in _LASTING:
        return DatabaseRefused(f'{_LASTING[number]}; nothing was changed.')
    text = str(original).lower()
    for words, kind in _WORDS.items():
        if words in text:
            return kind(f'it answered "{words}"; nothing was changed.')
    name = type(original or error).__name__ + (f' {number}' if number else '')
    return DatabaseError(f'it could not be used ({name}); nothing was changed.')
