"""Plan to outcomes: look, journal the intent, step, settle, look again, next rung; project by project, in parallel."""
