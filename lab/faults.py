"""The switch of the storage backend's faults."""

from lab.layout import Lab

MEANING = 'volumes and snapshots named *failcreate*, *faildelete* or *hangdelete* fail'


def switch(lab: Lab, wanted: str) -> str:
    """Arm the faults, repair the backend, or only look.

    :param lab: the lab; it need not run.
    :param wanted: ``on``, ``off`` or ``status``.
    :returns: a sentence on how the backend behaves now.
    """
    if wanted == 'on':
        lab.faults_off.unlink(missing_ok=True)
    elif wanted == 'off':
        lab.faults_off.parent.mkdir(parents=True, exist_ok=True)
        lab.faults_off.touch()
    if lab.faults_off.exists():
        return 'faults are off: the storage backend is repaired.'
    return f'faults are on: {MEANING}.'
