"""What every request passes first: wrong hosts, foreign pages, oversized and broken bodies stop.

Another web page that the user has open may send requests to a server on their machine, but the
browser names that page in `Origin`; and a page whose host name was made to point here ("DNS
rebinding") still sends that name as `Host`. So both have to be ours. Without CORS headers no other
page can read an answer, either. Excel on the web reads the list of functions from a page of
Microsoft's: that one file, which holds no data, is open to all.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

from cellsense.serving.body import Refusal, broken_body, read_body
from cellsense_addin.failures import unexpected
from cellsense_addin.server.site import Site

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 2**20  # 100,000 long reviews are half of it
CALL = "/xlwings/custom-functions-call"
_OPEN_TO_ALL = ("/xlwings/custom-functions-meta", "/xlwings/custom-functions-meta.json")


class Entity(BaseModel):
    """A cell that holds more than a plain value: an error, a stock, a formatted number."""

    type: str
    basicValue: Any  # noqa: N815 - Office's name


# From left to right, the usual first: pydantic would try all of them for each of a million cells.
_Usual = Field(union_mode="left_to_right")
Value = Annotated[str | float | bool | Entity | None, _Usual]
Argument = Annotated[list[list[Value]] | list[Value] | Value, _Usual]


class FunctionCall(BaseModel):
    """What Excel's client sends for a worksheet function; xlwings Server trips over all else."""

    func_name: str
    args: list[Argument]
    version: str
    client: str
    runtime: str = Field(pattern=r"^\d+(\.\d+)?$")
    date_format: str | None = None
    culture_info_name: str | None = None
    caller_address: str | None = None


class Gate:
    """Stands before xlwings Server's app.

    Args:
        app: xlwings Server with our routes.
        site: whose pages may call.
        functions: the numbers of arguments that each worksheet function takes.
        posts: the paths that take data, besides the worksheet functions' own.
    """

    def __init__(
        self, app: "ASGIApp", site: Site, functions: dict[str, range], posts: frozenset[str]
    ) -> None:
        self._app = app
        self._origins = site.origins
        self._hosts = frozenset(origin.split("://")[1] for origin in site.origins)
        self._functions = functions
        self._posts = posts | {CALL}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no page of ours opens a web socket
            await send({"type": "websocket.close"})
            return
        answer = _Answer(send, open_to_all=scope["path"] in _OPEN_TO_ALL)
        try:
            self._check_sender(scope)
            if scope["method"] == "POST":
                receive = await self._checked_body(scope, receive)
            await self._app(scope, receive, answer.send)
        except Refusal as refusal:
            response = JSONResponse({"detail": refusal.reason}, status_code=refusal.status)
            await response(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - a traceback on the terminal may quote cells
            failure = unexpected(error)
            if not answer.begun:
                response = JSONResponse({"detail": str(failure)}, status_code=500)
                await response(scope, receive, send)

    def _check_sender(self, scope: "Scope") -> None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            raise Refusal(
                400,
                "cellsense isn't served under this host name: use the address that "
                "`cellsense serve` shows, or name this one with --url.",
            )
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise Refusal(405, "cellsense answers GET and POST requests only.")
        if scope["method"] == "POST":
            if scope["path"] not in self._posts:
                raise Refusal(404, "There is nothing at this address.")
            if headers.get("origin") not in self._origins:
                raise Refusal(403, "Only the cellsense add-in's own pages may send data here.")

    async def _checked_body(self, scope: "Scope", receive: "Receive") -> "Receive":
        body = await read_body(scope, receive, LARGEST_BODY)
        try:
            if scope["path"] == CALL:
                self._check_call(FunctionCall.model_validate_json(body))
        except ValidationError as error:
            raise Refusal(400, broken_body(error.errors(include_input=False))) from None
        passed = False

        async def replay() -> "Message":
            nonlocal passed
            if passed:
                return await receive()
            passed = True
            return {"type": "http.request", "body": body, "more_body": False}

        return replay

    def _check_call(self, call: FunctionCall) -> None:
        counts = self._functions.get(call.func_name)
        if counts is None:
            names = ", ".join(name.upper() for name in self._functions)
            raise Refusal(400, f"There is no such worksheet function; there are {names}.")
        if len(call.args) not in counts:
            raise Refusal(400, f"{call.func_name.upper()} doesn't take {len(call.args)} arguments.")


class _Answer:
    """Watches an answer on its way out, and sets its headers right."""

    def __init__(self, send: "Send", *, open_to_all: bool) -> None:
        self._send = send
        self._open_to_all = open_to_all
        self.begun = False

    async def send(self, message: "Message") -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            # xlwings Server's own; browsers would refuse plain HTTP from every other server under
            # this name, http://localhost:3000 for one, for a year.
            del headers["Strict-Transport-Security"]
            if self._open_to_all:
                headers["Access-Control-Allow-Origin"] = "*"
        await self._send(message)
