"""Errors a user can act on. The command line prints their text and nothing else."""

from __future__ import annotations


class XuejiError(Exception):
    """Base of every error whose text is meant for the user (Chinese: what, where, what to do)."""

    exit_status = 1

    def _render_traceback_(self) -> list[str]:
        """In a notebook too the text alone is shown."""
        return [str(self)]


class UsageError(XuejiError):
    """A command was given something it cannot take: exit 2."""

    exit_status = 2


class StoreError(XuejiError):
    """The input or the store cannot be used at all: exit 3."""

    exit_status = 3
