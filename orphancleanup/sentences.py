"""Sentences made of sentences: what a service or an error says ends with a full stop, or does not."""

_ELLIPSES = ('...', '…')


def clause(text: object) -> str:
    """Return a sentence without its full stop, to be followed by more of the same sentence.

    :param text: a sentence, or an error, which is shown as one.
    """
    told = str(text).strip()
    while told.endswith(('.', ';', ',', ' ')) and not told.endswith(_ELLIPSES):
        told = told[:-1]
    return told


def sentence(text: object) -> str:
    """Return a sentence with exactly one full stop, to be followed by another one.

    :param text: a sentence, or an error, which is shown as one; what ends with ``?`` or ``!`` stays as it is.
    """
    told = clause(text)
    return told if not told or told.endswith(('?', '!', *_ELLIPSES)) else told + '.'
