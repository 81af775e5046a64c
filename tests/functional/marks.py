"""What the functional tests are marked with."""

import pytest

#: the lab's scenarios use openstacksdk, which warns of its own future and leaves its connections open
FUNCTIONAL = [
    pytest.mark.functional,
    pytest.mark.filterwarnings('ignore::DeprecationWarning'),
    pytest.mark.filterwarnings('ignore::PendingDeprecationWarning'),
    pytest.mark.filterwarnings('ignore::ResourceWarning'),
    pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning'),
]
