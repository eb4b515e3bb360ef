"""The training loop, for the embedded model and for users' own: resumable, reproducible."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from cellsense.device import Device, has_bfloat16
from cellsense.training.encode import Encoded, length_batches, padded
from cellsense.training.int8_activations import simulate_int8_activations
from cellsense.training.recipe import Optimisation

_SAVE_SECONDS = 120.0
STATE = "state.pt"  # as long as it is there, the training goes on
_FORGETTING = 0.98  # of the loss that is reported


@dataclass(frozen=True)
class Step:
    """How far training is."""

    epoch: int  # from 1
    done: int  # batches, of all epochs
    total: int
    loss: float  # smoothed
    seconds_left: float


@dataclass(frozen=True)
class Plan:
    """One call of `fit`."""

    optimisation: Optimisation
    learning_rate: float  # at its peak
    epochs: int
    seed: int
    device: str = "cpu"
    int8_activations: bool = False
    head_rate: float = 1.0  # times the learning rate, for layers that begin at random


class Fit:
    """Fits a text-classification model in place, over batches of about equal token counts.

    AdamW with linear warm-up and decay; the order of batches and the dropout follow from the seed.
    In `work` the state is kept every two minutes and after each epoch: a run that was killed goes
    on from there, over the same batches.
    """

    def __init__(self, model: Any, examples: Encoded, plan: Plan, work: Path) -> None:
        self._model = model.to(plan.device)
        self._examples = examples
        self._plan = plan
        self._state = work / STATE
        tokens = plan.optimisation.batch_tokens
        self._batches = [
            length_batches(examples.lengths, tokens, plan.seed + epoch)
            for epoch in range(plan.epochs)
        ]
        self.total = sum(map(len, self._batches))
        self._optimiser = torch.optim.AdamW(_groups(model, plan), lr=plan.learning_rate)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: rate_factor(step, self.total, plan.optimisation)
        )
        self._loss = torch.nn.CrossEntropyLoss(label_smoothing=plan.optimisation.label_smoothing)
        self._bfloat16 = _in_bfloat16(plan.device)
        self._done = 0
        self._judged = 0  # epochs
        self._stopped = False
        self._whole = True  # no batch is half learned
        self._smoothed: float | None = None
        torch.manual_seed(plan.seed)
        if self._state.is_file():
            self._take_up()

    @property
    def done(self) -> int:
        """Batches of all epochs that are done; more than 0 at once where a run is taken up."""
        return self._done

    def run(self, on_step: Callable[[Step], None], after_epoch: Callable[[int], bool]) -> None:
        """Train. `after_epoch` gets the epoch's number, from 1, and says whether to stop there."""
        if self._stopped:
            return
        if self._plan.int8_activations:
            simulate_int8_activations(self._model)
        begun, since = time.monotonic(), self._done
        saved = begun
        first = 0
        for epoch, batches in enumerate(self._batches, start=1):
            self._model.train()
            for batch in batches[max(0, self._done - first) :]:
                self._whole = False
                self._learn(batch)
                self._done += 1
                self._whole = True
                spent = time.monotonic() - begun
                left = spent / (self._done - since) * (self.total - self._done)
                on_step(Step(epoch, self._done, self.total, self._smoothed or 0.0, left))
                if time.monotonic() - saved > _SAVE_SECONDS:
                    self.save()
                    saved = time.monotonic()
            first += len(batches)
            if self._done == first and epoch > self._judged:
                self._model.eval()
                self._stopped = after_epoch(epoch)
                self._judged = epoch
                self.save()
                if self._stopped:
                    return

    def _learn(self, batch: list[int]) -> None:
        plan, device = self._plan, self._plan.device
        ids, mask = padded([self._examples.rows[index] for index in batch], self._examples.pad)
        targets = torch.from_numpy(self._examples.targets[batch]).to(device)
        kind = device.partition(":")[0]
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=self._bfloat16):
            logits = self._model(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
            ).logits
        loss = self._loss(logits.float(), targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), plan.optimisation.gradient_clip)
        self._optimiser.step()
        self._schedule.step()
        self._optimiser.zero_grad(set_to_none=True)
        value = float(loss.item())
        before = value if self._smoothed is None else self._smoothed
        self._smoothed = _FORGETTING * before + (1 - _FORGETTING) * value

    def save(self) -> None:
        """Keep the state, to go on from another time; not in the midst of a batch."""
        if not self._whole:
            return
        temporary = self._state.with_suffix(".new")
        state = {
            "done": self._done,
            "judged": self._judged,
            "stopped": self._stopped,
            "smoothed": self._smoothed,
            "model": self._model.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "random": torch.get_rng_state(),
        }
        device = torch.device(self._plan.device)
        if device.type != "cpu":
            state["device_random"] = torch.get_device_module(device).get_rng_state()
        torch.save(state, temporary)
        temporary.replace(self._state)

    def _take_up(self) -> None:
        state = torch.load(self._state, map_location="cpu", weights_only=True)
        self._model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["random"])
        if "device_random" in state:
            device = torch.device(self._plan.device)
            torch.get_device_module(device).set_rng_state(state["device_random"])
        self._done, self._smoothed = state["done"], state["smoothed"]
        self._judged, self._stopped = state["judged"], state["stopped"]


def rate_factor(step: int, total: int, plan: Optimisation) -> float:
    """Linear warm-up, then linear decay to `final_rate_share` of the peak."""
    warmup = max(1.0, plan.warmup_share * total)
    return min(1.0, (step + 1) / warmup) * max(plan.final_rate_share, 1 - step / total)


def _in_bfloat16(device: str) -> bool:
    """Tell whether the device multiplies bfloat16 faster than float32."""
    kind, _, index = device.partition(":")
    if kind == "cpu":
        # Older versions of torch don't tell.
        known: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
        return bool(known.get("amx_bf16") or known.get("avx512_bf16"))
    return has_bfloat16(Device(kind, int(index) if index else None))


def _groups(model: Any, plan: Plan) -> list[dict[str, Any]]:
    """Leave biases and layer norms out of the weight decay; give the head a rate of its own."""
    encoder = {id(parameter) for parameter in model.base_model.parameters()}
    groups = []
    for name, parameter in model.named_parameters():
        small = parameter.ndim < 2 or name.endswith("bias")
        rate = plan.learning_rate * (1.0 if id(parameter) in encoder else plan.head_rate)
        decay = 0.0 if small else plan.optimisation.weight_decay
        groups.append({"params": [parameter], "weight_decay": decay, "lr": rate})
    return groups
