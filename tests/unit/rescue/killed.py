"""A run that kills itself: ``python -m tests.unit.rescue.killed FOLDER commit|tell``, where FOLDER becomes its home."""

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from orphancleanup.database.transaction import Transaction
from orphancleanup.rescue.undo_file import UndoFile
from tests.unit.rescue.ledger import Ledger


def kill(*_: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


if __name__ == '__main__':
    os.environ['XDG_STATE_HOME'] = str(Path(sys.argv[1]) / 'state')
    ledger = Ledger(Path(sys.argv[1]))
    ledger.thing('one', ('Unknown::Type', 'x'))
    setattr(*{'commit': (Transaction, 'commit'), 'tell': (UndoFile, 'tell')}[sys.argv[2]], kill)
    ledger.remove('one')
