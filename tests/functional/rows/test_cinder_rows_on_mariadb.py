"""What the unit tests of the same name say of SQLite is true of MariaDB, too."""

from tests.functional.marks import FUNCTIONAL
from tests.unit.database.test_cinder_rows import *  # noqa: F403

pytestmark = FUNCTIONAL
