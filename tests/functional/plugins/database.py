"""Changes in the databases of the lab: what a crash leaves behind, and no API makes."""

import json
import subprocess

from lab.layout import Lab

# Run by the lab's own Python, which has the driver.
_SCRIPT = """
import json, sys, pymysql
told = json.load(sys.stdin)
connection = pymysql.connect(**told["account"])
with connection, connection.cursor() as cursor:
    changed = cursor.execute(told["statement"], told["values"])
    connection.commit()
sys.exit(0 if changed else "nothing was changed")
"""


def execute(lab: Lab, database: str, statement: str, *values: str) -> None:
    """Change something in one database, which must have been there."""
    account = {'unix_socket': str(lab.socket), 'user': 'lab', 'password': lab.password, 'database': database}
    told = json.dumps({'account': account, 'statement': statement, 'values': values})
    python = str(lab.environment / 'bin' / 'python')
    subprocess.run([python, '-c', _SCRIPT], input=told, text=True, check=True, capture_output=True)
