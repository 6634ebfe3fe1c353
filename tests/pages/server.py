"""The checklist behind a real Voila, as ``python server.py PORT``; who looks is what the test's browser says in its
headers (the door in front of the pages is tested by itself)."""

from __future__ import annotations

import sys

from voila.app import Voila

from xueji_lib.support import paths


class Server(Voila):  # type: ignore[misc]
    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        self.template_paths.insert(0, str(paths.templates("voila", "templates", "xueji")))


if __name__ == "__main__":
    headers = [f"--VoilaConfiguration.http_header_envs=X-Xueji-{name}" for name in ("User", "Role", "School")]
    options = ["--no-browser", f"--port={sys.argv[1]}", "--show_tracebacks=False", *headers]
    Server.launch_instance([str(paths.notebooks("checklist.ipynb")), *options])
