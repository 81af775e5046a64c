"""Steps that ask together with others, as many threads do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from orphancleanup.together import Together


def gather(monkeypatch: pytest.MonkeyPatch, *others: str) -> None:
    """Have every question that may be asked together asked with others."""

    def of(_: Any, key: str, ask: Callable[[Sequence[str]], Mapping[str, Any]]) -> Any:
        found = ask([key, *others]).get(key)
        return found if found is not None else ask([key]).get(key)

    monkeypatch.setattr(Together, 'of', of)
