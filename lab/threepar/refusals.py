"""What the array says no with: an HTTP status, a code and a sentence. Clients are told to rely on the code."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal, before it has a sentence."""

    status: int
    code: int

    def __call__(self, desc: str, ref: str = '') -> 'Refused':
        return Refused(self.status, self.code, desc, ref)


class Refused(Exception):
    """An answer that says no."""

    def __init__(self, status: int, code: int, desc: str, ref: str = '') -> None:
        super().__init__(desc)
        self.status = status
        self.body: dict[str, Any] = {'code': code, 'desc': desc, **({'ref': ref} if ref else {})}


INVALID_USER_OR_PASSWORD = Refusal(403, 5)
INVALID_SESSION_KEY = Refusal(403, 6)
INVALID_INPUT = Refusal(400, 12)
PERMISSION_DENIED = Refusal(403, 13)
EXISTENT_HOST = Refusal(409, 16)
NON_EXISTENT_HOST = Refusal(404, 17)
EXISTENT_VLUN = Refusal(409, 18)
NON_EXISTENT_VLUN = Refusal(404, 19)
EXISTENT_VOLUME = Refusal(409, 22)
NON_EXISTENT_VOLUME = Refusal(404, 23)
# The status is that of the client's docstring, the code a guess: no source has it.
RETAINED = Refusal(403, 24)
HAS_READ_ONLY_CHILD = Refusal(409, 25)
EXPORTED = Refusal(409, 26)
TOO_LARGE = Refusal(400, 28)
# Nameless in every source: Cinder's driver takes it for a copy that still fills the volume.
IS_BEING_COPIED = Refusal(400, 29)
HAS_CHILD = Refusal(409, 32)
IN_USE = Refusal(409, 34)
EXISTENT_PATH = Refusal(409, 73)
HOST_IN_SET = Refusal(409, 77)
# The status is a guess.
IS_COPY_TARGET = Refusal(409, 97)
NON_EXISTENT_QOS_RULE = Refusal(404, 100)
EXISTENT_SET = Refusal(409, 101)
NON_EXISTENT_SET = Refusal(404, 102)
MEMBER_IN_SET = Refusal(409, 103)
MEMBER_NOT_IN_SET = Refusal(404, 104)
QOS_TARGET = Refusal(409, 105)
IN_REMOTE_COPY = Refusal(403, 120)
NON_EXISTENT_TASK = Refusal(404, 145)
TASK_ENDED = Refusal(400, 146)
BEING_CHANGED = Refusal(403, 150)
OPERATION_IN_PROGRESS = Refusal(409, 151)
NON_EXISTENT_GROUP = Refusal(404, 187)
# The status is a guess: no source tells what one login too many is answered with.
TOO_MANY_SESSIONS = Refusal(503, 4)
