"""What this machine's cores can multiply at most, measured: large matrix products."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SIZE = 1536
RUNS = 5
ROUNDS = 5
LONGEST_SECONDS = 20.0  # bfloat16 takes minutes on processors that don't know it


def int8_ceiling(cores: int) -> float:
    """Return multiply-adds a second in int8, ONNX Runtime, a product per core at a time."""
    weights = np.random.default_rng(0).integers(-64, 64, (SIZE, SIZE)).astype(np.int8)
    values = np.random.default_rng(1).integers(0, 255, (SIZE, SIZE)).astype(np.uint8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["y"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [SIZE, SIZE])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [SIZE, SIZE])],
        [numpy_helper.from_array(weights, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    def multiply(_: int) -> None:
        for _run in range(RUNS):
            session.run(None, {"a": values})

    best = 0.0
    with ThreadPoolExecutor(cores) as pool:
        for _round in range(ROUNDS):
            started = time.perf_counter()
            list(pool.map(multiply, range(cores)))
            spent = time.perf_counter() - started
            best = max(best, cores * RUNS * SIZE**3 / spent)
    return best


def torch_ceiling(dtype: str) -> float:
    """Return multiply-adds a second in torch, all cores on one product."""
    import torch

    one = torch.randn(SIZE, SIZE).to(getattr(torch, dtype))
    best = 0.0
    end = time.perf_counter() + LONGEST_SECONDS
    for _round in range(ROUNDS):
        started = time.perf_counter()
        runs = 0
        while runs < RUNS and (not runs or time.perf_counter() < end):
            one @ one
            runs += 1
        best = max(best, runs * SIZE**3 / (time.perf_counter() - started))
        if time.perf_counter() > end:
            break
    return best
