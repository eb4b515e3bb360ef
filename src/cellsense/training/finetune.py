"""Fine-tune the base checkpoint on a mixture, in batches of about equal token counts."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from cellsense.training.mixture import Examples
from cellsense.training.recipe import Optimisation, Recipe


def clip_tokens(ids: list[int], room: int, head_share: float) -> list[int]:
    """Keep the head and the tail of a text that is longer than ``room`` tokens."""
    if len(ids) <= room:
        return ids
    head = int(room * head_share)
    return ids[:head] + ids[len(ids) - (room - head) :]


def length_batches(lengths: np.ndarray, budget: int, seed: int) -> list[list[int]]:
    """Cut the examples, sorted by length, into batches of at most ``budget`` padded tokens.

    Lengths are jittered by up to six tokens so that epochs differ; the batches' order is random.
    """
    random = np.random.RandomState(seed)
    batches: list[list[int]] = []
    current: list[int] = []
    longest = 0
    for index in np.argsort(lengths + random.rand(len(lengths)) * 6):
        longest = max(longest, int(lengths[index]))
        if current and longest * (len(current) + 1) > budget:
            batches.append(current)
            current, longest = [], int(lengths[index])
        current.append(int(index))
    batches.append(current)
    random.shuffle(batches)
    return batches


def simulate_int8_activations(model: torch.nn.Module) -> None:
    """Round what goes into the encoder's linear layers as dynamic int8 does, for training.

    Gradients pass straight through the rounding (Jacob et al., 2018).
    """

    def rounded(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        exact = inputs[0]
        with torch.no_grad():
            values = exact.float()
            low, high = values.min().clamp(max=0), values.max().clamp(min=0)
            scale = ((high - low) / 255).clamp(min=1e-8)
            zero = torch.round(-low / scale)
            steps = (torch.round(values / scale) + zero).clamp(0, 255)
            error = ((steps - zero) * scale - values).to(exact.dtype)
        return (exact + error, *inputs[1:])

    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.register_forward_pre_hook(rounded)


def rate_factor(step: int, total: int, plan: Optimisation) -> float:
    """Linear warm-up, then linear decay to ``final_rate_share`` of the peak."""
    warmup = max(1.0, plan.warmup_share * total)
    return min(1.0, (step + 1) / warmup) * max(plan.final_rate_share, 1 - step / total)


def finetune(
    recipe: Recipe,
    number: int,
    examples: Examples,
    start: Path,
    out: Path,
    report: Callable[[str], None] = print,
) -> None:
    """Train head and encoder for round ``number``, from ``start`` to a checkpoint in ``out``."""
    plan, this_round = recipe.optimisation, recipe.rounds[number]
    torch.manual_seed(recipe.seed + number)
    tokenizer = AutoTokenizer.from_pretrained(start)
    names = dict(enumerate(recipe.labels))
    model = AutoModelForSequenceClassification.from_pretrained(
        start,
        num_labels=len(names),
        id2label=names,
        label2id={label: index for index, label in names.items()},
        classifier_dropout=plan.dropout,
        dtype=torch.float32,
    )
    room = plan.max_tokens - tokenizer.num_special_tokens_to_add()
    encoded = tokenizer(examples.texts, add_special_tokens=False, truncation=False, verbose=False)
    first, last = [tokenizer.cls_token_id], [tokenizer.sep_token_id]
    rows = [first + clip_tokens(ids, room, plan.head_share) + last for ids in encoded["input_ids"]]
    lengths = np.array([len(row) for row in rows])
    classes = np.array(examples.classes)
    batches = length_batches(lengths, plan.batch_tokens, recipe.seed + number)
    report(f"{len(rows):,} texts, {lengths.sum():,} tokens, {len(batches):,} batches")

    decayed = [p for n, p in model.named_parameters() if "bias" not in n and "LayerNorm" not in n]
    plain = [p for n, p in model.named_parameters() if "bias" in n or "LayerNorm" in n]
    optimiser = torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": plan.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=this_round.learning_rate,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: rate_factor(step, len(batches), plan)
    )
    loss_function = torch.nn.CrossEntropyLoss(label_smoothing=plan.label_smoothing)
    if this_round.int8_activations:
        simulate_int8_activations(model)
    model.train()
    started, smoothed = time.monotonic(), None
    for step, batch in enumerate(batches):
        width = int(lengths[batch].max())
        ids = np.full((len(batch), width), tokenizer.pad_token_id, dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, index in enumerate(batch):
            ids[row, : lengths[index]] = rows[index]
            mask[row, : lengths[index]] = 1
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(
                input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)
            ).logits
        loss = loss_function(logits.float(), torch.from_numpy(classes[batch]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), plan.gradient_clip)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        smoothed = loss.item() if smoothed is None else 0.98 * smoothed + 0.02 * loss.item()
        if step in (5, 20) or step % 100 == 0:
            spent = time.monotonic() - started
            left = spent / (step + 1) * (len(batches) - step - 1)
            report(f"{step:5d}/{len(batches)} loss {smoothed:.4f} {spent:.0f} s, {left:.0f} s left")
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
