"""Emoji that the base's vocabulary lacks: each takes an unused entry, with a word's meaning.

To the base they were all one unknown token, which swallowed a word they were glued to as well. As
added tokens they are split off before anything else, by every reader of tokenizer.json.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from cellsense.errors import TrainingError

_MEANINGS = {
    "happy": "😀😃😄😁😊🙂☺😺🤗😸🤠",
    "laughing": "😂🤣😆😹",
    "delighted": "😍🥰🤩😻😇🥳🎊🎉",
    "love": "❤♥💕💖💗💙💚💛💜🧡🖤🤍💞💓💘💝😘😚😗🫶💟💋",
    "good": "👍👌✅✔🆗",
    "excellent": "💯🏆🥇🔝🙌👏💪🔥✨🌟💎🤘👑🚀",
    "star": "⭐★",
    "delicious": "😋🤤",
    "cool": "😎🤙",
    "thanks": "🙏🤝💐🌹",
    "funny": "😜😝😛🤪😏",
    "relieved": "😌😅",
    "bad": "👎❌✖🚫⛔🛑",
    "angry": "😡😠🤬😤👿💢🖕😾",
    "sad": "😢😭😞😔☹🙁😿😟😥😕🥺",
    "annoyed": "🙄😒😑😖😣😩😫",
    "disgusting": "🤮🤢💩🗑🤡",
    "broken": "💔",
    "shocked": "😱😨😰😳😮😲😧😦",
    "tired": "😴🥱💤",
    "thinking": "🤔🤷🧐😐😶",
    "unsure": "😬",
    "warning": "⚠",
    "phone": "📱📞☎",
    "package": "📦🚚🎁",
    "food": "🍕🍔🍽🍴🍺🍷☕",
    "music": "🎵🎶🎧",
    "game": "🎮⚽",
    "question": "❓",
}


def teach_emoji(start: Path, out: Path) -> None:
    """Copy a BERT checkpoint whose vocabulary has emoji in the place of `[unused0]` and so on.

    Raises TrainingError if it has too few unused entries.
    """
    shutil.copytree(start, out, dirs_exist_ok=True)
    file = out / "tokenizer.json"
    settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    vocabulary: dict[str, int] = settings["model"]["vocab"]
    meanings = {sign: word for word, signs in _MEANINGS.items() for sign in signs}
    new = [sign for sign in meanings if sign not in vocabulary]
    if not new:
        return
    unused = [name for name in vocabulary if name.startswith("[unused")]
    if len(unused) < len(new):
        raise TrainingError(f"The base has {len(unused)} unused tokens, not the {len(new)} wanted.")
    places = {sign: vocabulary.pop(name) for sign, name in zip(new, unused, strict=False)}
    vocabulary.update(places)
    settings["model"]["vocab"] = dict(sorted(vocabulary.items(), key=lambda item: item[1]))
    settings["added_tokens"] = sorted(
        [*settings["added_tokens"], *(_added(sign, place) for sign, place in places.items())],
        key=lambda token: token["id"],
    )
    file.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    _start_as_words(out, {place: vocabulary[meanings[sign]] for sign, place in places.items()})


def _added(sign: str, place: int) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
    return {"id": place, "content": sign, **flags}


def _start_as_words(folder: Path, words: dict[int, int]) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    table = model.get_input_embeddings().weight
    with torch.no_grad():
        for place, word in words.items():
            table[place] = table[word]
    model.save_pretrained(folder)
