"""The server's ASGI app."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.security import HTTPBearer

from cellsense import __version__
from cellsense.classifier import Classifier
from cellsense.errors import CellsenseError
from cellsense.remote.calls import CLASSIFY, MODEL
from cellsense.serving.access import Access
from cellsense.serving.answers import Host, answer, read_request
from cellsense.serving.batcher import Batcher, ClosingError, OverloadedError
from cellsense.serving.body import Refusal
from cellsense.serving.guard import Guard
from cellsense.serving.limits import Limits
from cellsense.serving.metrics import CONTENT_TYPE, Metrics
from cellsense.serving.page import shown_page
from cellsense.serving.wire import ClassifyAnswer, ClassifyRequest, ModelAnswer, Problem, State

_HUNG_UP = 499  # nobody reads it; nginx's number
_WHY = {
    400: "Not sent to this machine by its name.",
    401: "The token is missing, or another one.",
    408: "The body took too long to come.",
    409: "The server hosts another model than was asked for.",
    413: "Too many texts, characters or bytes for one call: /v1/model tells how many it may have.",
    415: "The body isn't JSON in UTF-8, doesn't say so, or is compressed.",
    422: "The body is broken.",
    429: "Too much waits already: come again after so many seconds as Retry-After says.",
    500: "A fault.",
    503: "It took too long, or the server is stopping.",
}


def build_app(classifier: Classifier, access: Access, limits: Limits) -> Guard:
    """Return the app for a classifier; its lifespan loads the model and starts its thread."""
    metrics = Metrics()
    batcher = Batcher(classifier, limits.waiting, metrics)
    metrics.watch(batcher)
    host = Host(classifier, batcher, limits, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(batcher.start)
        yield
        await asyncio.to_thread(batcher.close)

    app = FastAPI(
        title="cellsense",
        version=__version__,
        summary="Labels and scores for texts, by one model.",
        lifespan=lifespan,
        docs_url=None,  # loads scripts from elsewhere
        redoc_url=None,
        responses={400: _problem(400)} if not access.token else None,
    )
    _add_state(app, host)
    _add_model(app, host, bool(access.token))
    paths = frozenset(path for route in app.routes if (path := getattr(route, "path", None)))
    return Guard(app, access, limits.body, metrics, paths)


def _problem(*statuses: int) -> Any:
    if len(statuses) == 1:
        return {"model": Problem, "description": _WHY[statuses[0]]}
    return {status: _problem(status) for status in statuses}


def _add_state(app: FastAPI, host: Host) -> None:
    @app.get("/health", summary="The server lives.", response_model=State, tags=["state"])
    async def health() -> Response:
        return JSONResponse({"status": "alive"})

    @app.get(
        "/ready",
        summary="The model is loaded, and calls are taken.",
        response_model=State,
        responses={503: {"model": State, "description": "Calls aren't taken."}},
        tags=["state"],
    )
    async def ready() -> Response:
        if host.batcher.ready:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "stopping"}, status_code=503)

    @app.get("/", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(
            shown_page(app.openapi(), host),
            headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
        )


def _add_model(app: FastAPI, host: Host, guarded: bool) -> None:
    bearer = HTTPBearer(auto_error=False, description="The server's access token.")
    # The guard has looked at it already; this tells OpenAPI.
    needs: Any = [Depends(bearer)] if guarded else []
    refusals = _problem(401, 500) if guarded else {500: _problem(500)}

    @app.get(
        MODEL,
        summary="The model, and what a call may hold.",
        response_model=ModelAnswer,
        responses=refusals,
        dependencies=needs,
        tags=["model"],
    )
    async def model() -> Response:
        found, limits = host.classifier, host.limits
        return JSONResponse(
            {
                **host.model,
                "labels": found.labels,
                "only_english": found.only_english,
                "runs_on": found.description,
                "version": __version__,
                "limits": {
                    "texts": limits.texts,
                    "characters": limits.characters,
                    "bytes": limits.body,
                },
            }
        )

    @app.get(
        "/metrics",
        summary="Counters, for Prometheus.",
        response_class=Response,
        responses={**refusals, 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        dependencies=needs,
        tags=["state"],
    )
    async def metrics() -> Response:
        return Response(host.metrics.shown(), media_type=CONTENT_TYPE)

    @app.post(
        CLASSIFY,
        summary="Classify texts.",
        response_model=ClassifyAnswer,
        responses={**refusals, **_problem(408, 409, 413, 415, 422, 429, 503)},
        dependencies=needs,
        openapi_extra=_body_schema(host.limits),
        tags=["model"],
    )
    async def classify(request: Request) -> Response:
        return await _classify(request, host)


async def _classify(request: Request, host: Host) -> Response:
    # Not left to FastAPI: its own answers would quote the body, and it reads a deep one in Python.
    body = await request.body()
    gone = asyncio.ensure_future(_hangs_up(request))
    try:
        asked = read_request(body, host)
        caller = request.client.host if request.client else ""
        rows = await answer(asked, caller, gone, host)
    except Refusal as refusal:
        return JSONResponse({"detail": refusal.reason}, status_code=refusal.status)
    except OverloadedError as error:
        return JSONResponse({"detail": str(error)}, 429, {"Retry-After": str(error.seconds)})
    except ClosingError:
        return JSONResponse({"detail": "The server is stopping."}, 503, {"Retry-After": "5"})
    except CellsenseError as error:
        return JSONResponse({"detail": str(error)}, status_code=500)
    finally:
        gone.cancel()
    if rows is None:
        return Response(status_code=_HUNG_UP)
    return Response(
        json.dumps({"model": host.model, "predictions": rows}, separators=(",", ":")),
        media_type="application/json",
    )


async def _hangs_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _body_schema(limits: Limits) -> dict[str, Any]:
    schema = ClassifyRequest.model_json_schema()
    schema["properties"]["texts"]["maxItems"] = limits.texts
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
