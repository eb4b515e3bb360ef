"""Texts and their targets → token rows, and rows → batches of about equal token counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Targets = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Encoded:
    """What a model is trained on."""

    rows: list[list[int]]  # token ids, special ones included
    targets: Targets  # (texts, labels): how likely each label is held to be
    pad: int  # the token that short rows are filled up with

    @cached_property
    def lengths(self) -> Ids:
        """Tokens of each row."""
        return np.array([len(row) for row in self.rows], dtype=np.int64)


def encode(
    tokenizer: Any, texts: Sequence[str], targets: Targets, longest: int, head_share: float
) -> Encoded:
    """Tokenise; a text of more than `longest` tokens keeps its head and its tail."""
    before, after = _around(tokenizer)
    room = longest - len(before) - len(after)
    found = tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
    rows = [before + clip_tokens(ids, room, head_share) + after for ids in found["input_ids"]]
    return Encoded(rows, targets, tokenizer.pad_token_id or 0)


def _around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the special tokens before and after a text; no method of all tokenizers tells."""
    bare = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    whole = list(tokenizer("a")["input_ids"])
    start = next(n for n in range(len(whole)) if whole[n : n + len(bare)] == bare)
    return whole[:start], whole[start + len(bare) :]


def one_hot(classes: Sequence[int], labels: int) -> Targets:
    """Return targets that are sure of one label each."""
    return np.eye(labels, dtype=np.float32)[np.asarray(classes, dtype=np.int64)]


def clip_tokens(ids: list[int], room: int, head_share: float) -> list[int]:
    """Keep the head and the tail of a text that is longer than `room` tokens."""
    if len(ids) <= room:
        return ids
    head = int(room * head_share)
    return ids[:head] + ids[len(ids) - (room - head) :]


def length_batches(lengths: Ids, budget: int, seed: int) -> list[list[int]]:
    """Cut the examples, sorted by length, into batches of at most `budget` padded tokens.

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


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Ids, Ids]:
    """Return ids and mask of shape (rows, longest row)."""
    width = max(map(len, rows))
    ids = np.full((len(rows), width), pad, dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask
