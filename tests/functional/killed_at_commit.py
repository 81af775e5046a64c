"""The command, killed at the commit of its database step: ``python -m`` this ``before|after SUMS ARGUMENTS``.

Right before the commit it writes the checksums of all tables, as everybody else sees them, to the file SUMS.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from orphancleanup.cli.main import main
from orphancleanup.database.transaction import Transaction
from orphancleanup.rescue.undo_file import State, UndoFile
from orphancleanup.testing.rows import Rows


def _die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _die_after(path: Path) -> None:
    commit = Transaction.commit

    def committed(self: Transaction) -> None:
        url = self._connection.engine.url.render_as_string(hide_password=False)
        path.write_text(json.dumps(Rows(url).sums()))
        commit(self)

    tell = UndoFile.tell

    def told(self: UndoFile, transaction: Any, state: State) -> None:
        if state is State.COMMITTED:
            _die()
        tell(self, transaction, state)

    Transaction.commit = committed  # type: ignore[method-assign]
    UndoFile.tell = told  # type: ignore[method-assign]


if __name__ == '__main__':
    moment, sums, *arguments = sys.argv[1:]
    if moment == 'before':
        Transaction.commit = _die  # type: ignore[method-assign]
    else:
        _die_after(Path(sums))
    sys.exit(main(arguments))
