"""A process that holds a small Ray and does one command line after the other, told as JSON.

Starting Ray takes seconds: the tests share this one. It ends when its standard input does.
"""

import contextlib
import io
import json
import os
import sys
import warnings
from typing import TextIO

WORKERS = 2


def run(arguments: list[str]) -> dict[str, object]:
    """Do what `cellsense ARGUMENTS` does in a process that has joined the cluster."""
    from cellsense.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    sys.argv = ["cellsense", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def serve(commands: TextIO, answers: TextIO) -> None:
    """Start Ray, say where it is, and do commands until there are no more."""
    warnings.simplefilter("ignore")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    told = ray.init(
        address="local",
        num_cpus=WORKERS,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=128 * 2**20,
    )
    print(json.dumps({"address": told["gcs_address"]}), file=answers, flush=True)
    for line in commands:
        print(json.dumps(run(json.loads(line))), file=answers, flush=True)
    ray.shutdown()


if __name__ == "__main__":
    # What Ray prints must not stand among the answers.
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, own)
