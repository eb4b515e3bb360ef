"""Checkpoints for other tasks with random weights: right in shape, wrong in everything else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from small_models import WORDS, _sizes
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForTokenClassification,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipProcessor,
    CLIPVisionConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizer,
)
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

CHAT = (
    "{% for message in messages %}<s>{{ message['role'] }}: {{ message['content'] }}</s>"
    "{% endfor %}{% if add_generation_prompt %}<s>assistant:{% endif %}"
)
PICTURE_CHAT = (
    "{% for message in messages %}<s>{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}</s>{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"
)
CheckpointOf = Callable[[str], Path]  # makes one, once, of a kind
Plain = Callable[[str, str], Any]  # a task and a kind → transformers' own pipeline
RATE = 16_000
READS = 256  # tokens
LETTERS = ["Ġ", "Ċ", *map(chr, range(33, 127))]  # a space and a line feed in bytes' letters
SIDE = 32  # pixels


def save(kind: str, folder: Path) -> Path:
    """Write a checkpoint of a kind named below; return its folder."""
    torch.manual_seed(7)
    _KINDS[kind](folder)
    return folder


def _gpt2(folder: Path) -> None:
    tokenizer = _text_tokenizer()
    tokenizer.save_pretrained(folder)
    config = GPT2Config(
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=READS,
        vocab_size=len(tokenizer),
        initializer_range=0.5,
        eos_token_id=None,  # or it might say nothing
        bos_token_id=0,
    )
    GPT2LMHeadModel(config).eval().save_pretrained(folder)


def _llama_chat(folder: Path) -> None:
    tokenizer = _text_tokenizer()
    tokenizer.chat_template = CHAT
    tokenizer.save_pretrained(folder)
    LlamaForCausalLM(_llama(len(tokenizer))).eval().save_pretrained(folder)


def _llama(vocabulary: int) -> LlamaConfig:
    return LlamaConfig(
        **_sizes(),
        vocab_size=vocabulary,
        max_position_embeddings=READS,
        initializer_range=0.5,
        eos_token_id=None,
        bos_token_id=0,
        pad_token_id=1,
    )


def _text_tokenizer() -> PreTrainedTokenizerFast:
    """Return one that reads letters; a trained one would differ from run to run."""
    special = ["<s>", "<pad>", "</s>"]
    vocabulary = {token: place for place, token in enumerate([*special, *LETTERS])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        model_max_length=READS,
        model_input_names=["input_ids", "attention_mask"],
    )


def _word_tokenizer(window: int) -> PreTrainedTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = sorted(set(WORDS) - {" "})
    pieces = [*special, *sorted(set(WORDS.lower().split())), *letters, *(f"##{x}" for x in letters)]
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=window,
        model_input_names=["input_ids", "attention_mask"],
    )


def _names(folder: Path) -> None:
    tokenizer = _word_tokenizer(32)
    tokenizer.save_pretrained(folder)
    names = dict(enumerate(("B-PER", "I-PER", "O", "B-LOC", "I-LOC")))
    config = BertConfig(
        **_sizes(),
        max_position_embeddings=32,
        vocab_size=len(tokenizer),
        id2label=names,
        label2id={name: place for place, name in names.items()},
        initializer_range=0.5,
    )
    model = BertForTokenClassification(config).eval()
    with torch.no_grad():
        model.classifier.bias[2] = -99.0  # no word is without a name
    model.save_pretrained(folder)


def _masked(folder: Path) -> None:
    """A model that was not trained to mark words: its last layer is missing."""
    tokenizer = _word_tokenizer(32)
    tokenizer.save_pretrained(folder)
    config = BertConfig(**_sizes(), max_position_embeddings=32, vocab_size=len(tokenizer))
    BertForMaskedLM(config).save_pretrained(folder)


def _wav2vec2(folder: Path) -> None:
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz"]
    folder.mkdir(exist_ok=True)
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({letter: place for place, letter in enumerate(letters)}))
    Wav2Vec2CTCTokenizer(str(vocabulary)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(folder)
    config = Wav2Vec2Config(
        **_sizes(),
        vocab_size=len(letters),
        conv_dim=(16, 16, 16),
        conv_kernel=(10, 8, 4),
        conv_stride=(5, 8, 8),
        num_feat_extract_layers=3,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        initializer_range=0.5,
    )
    Wav2Vec2ForCTC(config).eval().save_pretrained(folder)


def _whisper(folder: Path) -> None:
    special = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|transcribe|>"]
    special += ["<|translate|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    special += [f"<|{second / 50:.2f}|>" for second in range(1501)]
    vocabulary = {letter: place for place, letter in enumerate([*LETTERS, *special])}
    tokenizer = WhisperTokenizer(vocab=vocabulary, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": special[1:]})
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)
    ids = {name: vocabulary[name] for name in special}
    config = WhisperConfig(
        vocab_size=len(vocabulary),
        num_mel_bins=16,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_target_positions=64,
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"],
        pad_token_id=ids["<|endoftext|>"],
        decoder_start_token_id=ids["<|startoftranscript|>"],
        begin_suppress_tokens=None,
        init_std=0.5,
    )
    model = WhisperForConditionalGeneration(config).eval()
    told = {
        "lang_to_id": {"<|en|>": ids["<|en|>"]},
        "task_to_id": {"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        "is_multilingual": True,
        "language": "en",
        "no_timestamps_token_id": ids["<|notimestamps|>"],
        "max_length": 24,
        "return_timestamps": False,
        "prev_sot_token_id": ids["<|startofprev|>"],
        "max_initial_timestamp_index": 50,
        "_from_model_config": False,  # else it's made anew from config.json
    }
    for name, value in told.items():
        setattr(model.generation_config, name, value)
    model.save_pretrained(folder)


def _blip(folder: Path) -> None:
    sizes = {**_sizes(), "projection_dim": 32}
    tokenizer = _word_tokenizer(32)
    text = {
        **sizes,
        "vocab_size": len(tokenizer),
        "encoder_hidden_size": 32,
        "max_position_embeddings": 64,
        "bos_token_id": 2,
        "pad_token_id": 0,
        "eos_token_id": 3,
        "sep_token_id": 3,
        "initializer_range": 0.5,
    }
    vision = {**sizes, "image_size": SIDE, "patch_size": 8, "initializer_range": 0.5}
    config = BlipConfig(text_config=text, vision_config=vision, projection_dim=32)
    BlipForConditionalGeneration(config).eval().save_pretrained(folder)
    pictures = BlipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    BlipProcessor(pictures, tokenizer).save_pretrained(folder)


def _llava(folder: Path) -> None:
    tokenizer = _text_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    tokenizer.pad_token_id = 1
    tokenizer.chat_template = PICTURE_CHAT
    vision = CLIPVisionConfig(
        **_sizes(), image_size=SIDE, patch_size=8, projection_dim=32, initializer_range=0.5
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=_llama(len(tokenizer)),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
    )
    LlavaForConditionalGeneration(config).eval().save_pretrained(folder)
    pictures = CLIPImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=PICTURE_CHAT,
        num_additional_image_tokens=1,
    ).save_pretrained(folder)


def some_words(count: int) -> str:
    """Return so many words that the tokenizers know."""
    words = WORDS.split()
    return " ".join(words[place % len(words)] for place in range(count))


_KINDS: dict[str, Callable[[Path], None]] = {
    "gpt2": _gpt2,
    "llama-chat": _llama_chat,
    "names": _names,
    "masked": _masked,
    "wav2vec2": _wav2vec2,
    "whisper": _whisper,
    "blip": _blip,
    "llava": _llava,
}
