"""The tour of the docs shows what its commands print today."""

from pathlib import Path

from tests.functional import tour
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL


def test_the_tour_shows_the_words_columns_and_exit_codes_of_a_real_run(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    page = tour.PAGE.read_text()
    told = tour.tell_all(sandbox, tmp_path)
    assert list(tour.commands(told)) == list(tour.commands(page))
    assert tour.compared(told) == tour.compared(page), 'write the page anew: make tour'
    assert tour.exit_codes(told) == tour.exit_codes(page)
    tables = [line for line in told.splitlines() if line.startswith(('   |', '   +'))]
    assert max(map(len, tables)) <= 3 + tour.COLUMNS
