"""What the task pane's button asks for, beside the routes of xlwings Server."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from xlwings_server.dependencies import get_user

from cellsense.errors import CellsenseError
from cellsense.serving.body import broken_body
from cellsense_addin.failures import unexpected
from cellsense_addin.server.labelling import LabelRequest, StoppedError, label_cells
from cellsense_addin.server.planning import PlanRequest, plan_column
from cellsense_addin.server.threads import BUTTON, in_thread

PLAN, LABELS = "/cellsense/plan", "/cellsense/labels"
POSTS = frozenset({PLAN, LABELS})

# `get_user` is xlwings Server's own check of who calls: the token, or the Microsoft identity.
router = APIRouter(dependencies=[Depends(get_user)])


@router.post(PLAN)
async def plan(request: PlanRequest) -> dict[str, Any]:
    """Tell the pane what to write where, or what to ask."""
    return await _call(plan_column, request)


@router.post(LABELS)
async def labels(request: LabelRequest) -> dict[str, Any]:
    """Label a block of cells."""
    return await _call(label_cells, request)


def answer_mistakes(app: FastAPI) -> None:
    """Make broken requests to any route end in one line, which quotes nothing of them."""

    @app.exception_handler(RequestValidationError)
    async def broken(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"detail": broken_body(error.errors())}, status_code=400)


async def _call(function: Callable[..., dict[str, Any]], argument: object) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = await in_thread(BUTTON, function, argument)
    except CellsenseError as error:
        raise HTTPException(400, str(error)) from error
    except StoppedError:
        raise HTTPException(503, "The server is stopping: start it, and try again.") from None
    except Exception as error:
        raise HTTPException(500, str(unexpected(error))) from error
    return answer
