"""The one error of the lab: a sentence for the person who ran the command."""


class LabError(Exception):
    """What went wrong, why, and what to do next, in one sentence."""
