"""``python -m lab.threepar PORT [STATE]``: serve an array on loopback, with its state in a file."""

import sys
from pathlib import Path

from lab.threepar.array import Array
from lab.threepar.server import Simulator

if __name__ == '__main__':
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    Simulator(Array(file=kept)).server(int(sys.argv[1])).serve_forever()
