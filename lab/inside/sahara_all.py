"""``python -m lab.inside.sahara_all PORT --config-file FILE``: Sahara's API and engine in one process.

The port is in the file, too. It runs in an environment of its own, see ``lab.environment.SAHARA``.
"""

import sys

if __name__ == '__main__':
    sys.argv = ['sahara-all', *sys.argv[2:]]
    # It patches the standard library, so nothing else comes before it.
    from sahara.cli.sahara_all import main

    main()
