"""The warm engine (``warm_papermill``) as the kit uses it: told what is the kit's own, and whom to tell of a process
that cannot be put back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from xueji_lib.support import worker
from xueji_lib.warm_papermill.clean_modules import HostProgram
from xueji_lib.warm_papermill.warm_engine import WarmEngine

NAME: Final = "xueji"
"""papermill's name for it (entry point ``papermill.engine``)."""
_PACKAGE = Path(__file__).resolve().parents[1]
HOST: Final = HostProgram((_PACKAGE.name,), (str(_PACKAGE.parent),))


class KitEngine(WarmEngine):
    """Takes nbclient's options."""

    @classmethod
    def execute_managed_notebook(  # type: ignore[override]  # host and on_residue are among the options
        cls, nb_man: Any, kernel_name: str, **options: Any
    ) -> Any:
        """As ``WarmEngine``'s; a worker process that cannot be put back is replaced."""
        ours = {"host": HOST, "on_residue": worker.retire, **options}
        return super().execute_managed_notebook(nb_man, kernel_name, **ours)
