"""Whom a staged record may be: keys that propose, evidence that weighs, candidates that are written."""
