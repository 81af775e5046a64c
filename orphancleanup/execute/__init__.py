"""Plan to outcomes: look, journal the intent, step, settle, look again, next rung; tenant by tenant, in parallel."""
