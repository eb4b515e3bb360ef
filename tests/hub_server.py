"""A stand-in for the model hub on the loopback: serves folders by the hub's protocol."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """The server, with what it serves and what it was asked for."""

    def __init__(self, models: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.models = models
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _answer(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(path)
        for name, folder in self.server.models.items():
            if path.startswith(f"/api/models/{name}"):
                _, named, revision = path.partition("/revision/")
                if named and revision not in ("main", COMMIT):
                    return self._refuse("RevisionNotFound")
                headers = {"Content-Type": "application/json"}
                return self._send(_info(name, folder, path), headers, body=body)
            if path.startswith(f"/{name}/resolve/"):
                revision, _, file = path.removeprefix(f"/{name}/resolve/").partition("/")
                return self._file(folder / file, revision, body=body)
        return self._refuse("RepoNotFound")

    def _file(self, file: Path, revision: str, *, body: bool) -> None:
        if revision not in ("main", COMMIT):
            return self._refuse("RevisionNotFound")
        if not file.is_file():
            return self._refuse("EntryNotFound")
        content = file.read_bytes()
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"'}
        return self._send(content, headers, body=body)

    def _refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, content: bytes, headers: dict[str, str], *, body: bool) -> None:
        self.send_response(200)
        headers |= {"Content-Length": str(len(content)), "X-Repo-Commit": COMMIT}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


@contextmanager
def serve(models: dict[str, Path]) -> Iterator[tuple[str, list[str]]]:
    """Serve models by id; give the address and the list of paths asked for."""
    server = Hub(models)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _info(name: str, folder: Path, path: str) -> bytes:
    files = sorted(item for item in folder.rglob("*") if item.is_file())
    names = [item.relative_to(folder).as_posix() for item in files]
    if "/tree/" in path:
        listing = [
            {"type": "file", "path": file, "size": item.stat().st_size, "oid": COMMIT}
            for file, item in zip(names, files, strict=True)
        ]
        return json.dumps(listing).encode()
    siblings = [{"rfilename": file} for file in names]
    return json.dumps({"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings}).encode()
