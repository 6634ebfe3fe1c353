"""Restores loggers: handlers, levels, filters (a part of ``clean_slate``)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any


def remember() -> Callable[[], object]:
    """Note every logger's state; return the function that restores it. A new logger loses its handlers and its
    level."""
    root = logging.getLogger()
    disabled, raising, factory = root.manager.disable, logging.raiseExceptions, logging.getLogRecordFactory()
    states = {id(logger): _state(logger) for logger in _loggers(root)}
    kind = logging.getLoggerClass()

    def restore() -> None:
        root.manager.disable = disabled
        logging.raiseExceptions = raising
        logging.setLogRecordFactory(factory)
        logging.setLoggerClass(kind)
        for logger in _loggers(root):
            before = states.get(id(logger), ([], [], logging.NOTSET, True, False))
            if _state(logger) == before:
                continue
            for handler in [h for h in logger.handlers if h not in before[0]]:
                logger.removeHandler(handler)
                handler.close()
            logger.handlers[:], logger.filters[:] = before[0], before[1]
            logger.setLevel(before[2])
            logger.propagate, logger.disabled = before[3], before[4]

    return restore


State = tuple[list[logging.Handler], list[Any], int, bool, bool]


def _loggers(root: logging.Logger) -> list[logging.Logger]:
    return [root, *(x for x in list(root.manager.loggerDict.values()) if isinstance(x, logging.Logger))]


def _state(logger: logging.Logger) -> State:
    return list(logger.handlers), list(logger.filters), logger.level, logger.propagate, logger.disabled
