"""Real transformers checkpoints with random weights: right in shape, wrong in everything else."""

from pathlib import Path

import torch
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    CamembertConfig,
    CamembertForSequenceClassification,
    CanineConfig,
    CanineForSequenceClassification,
    CanineTokenizer,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

WORDS = (
    "the kettle boils fast and looks great but it broke after two days so I want my money back "
    "this is not bad at all we love our new lamp although delivery was slow terrible wonderful "
    "would never buy again five stars one star okay fine average cheap plastic smell noise battery"
)
WINDOW = 32
# CANINE reads letters: its tokenizer is one of the few that are written in Python.
ROBERTAS = {
    "roberta": (RobertaConfig, RobertaForSequenceClassification),
    "xlm-roberta": (XLMRobertaConfig, XLMRobertaForSequenceClassification),
    "camembert": (CamembertConfig, CamembertForSequenceClassification),
}
KINDS = ("bert", "roberta", "distilbert", "gpt2", "canine", "multilabel")


def save(kind: str, folder: Path) -> Path:
    """Write a checkpoint of `KINDS` or `ROBERTAS`, or an encoder alone; return its folder."""
    torch.manual_seed(7)
    if kind in ROBERTAS:
        config, model = ROBERTAS[kind]
        _byte_level("<pad>", roberta=True).save_pretrained(folder)
        model(
            config(**_sizes(), max_position_embeddings=WINDOW + 2, vocab_size=400)
        ).eval().save_pretrained(folder)
    elif kind == "gpt2":
        _byte_level(None, roberta=False).save_pretrained(folder)
        GPT2ForSequenceClassification(
            GPT2Config(
                n_embd=32, n_layer=2, n_head=2, n_positions=WINDOW, vocab_size=400, num_labels=2
            )
        ).eval().save_pretrained(folder)
    elif kind == "canine":
        CanineTokenizer(model_max_length=128).save_pretrained(folder)
        CanineForSequenceClassification(
            CanineConfig(
                **_sizes(),
                max_position_embeddings=128,
                num_hash_buckets=128,
                num_hash_functions=2,
                local_transformer_stride=16,
                num_labels=3,
            )
        ).eval().save_pretrained(folder)
    elif kind == "distilbert":
        _word_piece(token_types=False).save_pretrained(folder)
        DistilBertForSequenceClassification(
            DistilBertConfig(
                dim=32,
                hidden_dim=64,
                n_layers=2,
                n_heads=2,
                max_position_embeddings=WINDOW,
                vocab_size=400,
                id2label={0: "NEGATIVE", 1: "POSITIVE"},
            )
        ).eval().save_pretrained(folder)
    elif kind.startswith("nli"):
        names = ["contradiction", "neutral", "entailment"]
        if kind == "nli-reversed":
            names = ["ENTAILMENT", "neutral", "contradiction"]
        labels = {
            "id2label": dict(enumerate(names)),
            "label2id": {n: i for i, n in enumerate(names)},
        }
        if kind == "nli-roberta":
            _byte_level("<pad>", roberta=True).save_pretrained(folder)
            RobertaForSequenceClassification(
                RobertaConfig(
                    **_sizes(), max_position_embeddings=WINDOW + 2, vocab_size=400, **labels
                )
            ).eval().save_pretrained(folder)
        else:
            _word_piece(token_types=True).save_pretrained(folder)
            BertForSequenceClassification(
                BertConfig(
                    **_sizes(),
                    max_position_embeddings=WINDOW,
                    vocab_size=400,
                    initializer_range=0.5,
                    **labels,
                )
            ).eval().save_pretrained(folder)
    elif kind == "classless":  # an encoder alone, to be fine-tuned
        _word_piece(token_types=True).save_pretrained(folder)
        BertModel(
            BertConfig(**_sizes(), max_position_embeddings=WINDOW, vocab_size=400)
        ).save_pretrained(folder)
    else:
        _word_piece(token_types=True).save_pretrained(folder)
        problem = "multi_label_classification" if kind == "multilabel" else None
        names = dict(enumerate(("anger", "joy", "fear", "none")))
        BertForSequenceClassification(
            BertConfig(
                **_sizes(),
                max_position_embeddings=WINDOW,
                vocab_size=400,
                id2label=names,
                problem_type=problem,
                initializer_range=0.5,
            )
        ).eval().save_pretrained(folder)
    return folder


def _sizes() -> dict[str, int]:
    return {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }


def _word_piece(*, token_types: bool) -> PreTrainedTokenizerFast:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        [WORDS], trainers.WordPieceTrainer(vocab_size=400, special_tokens=special)
    )
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    inputs = ["input_ids", "attention_mask"] + (["token_type_ids"] if token_types else [])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=WINDOW,
        model_input_names=inputs,
    )


def _byte_level(pad: str | None, *, roberta: bool) -> PreTrainedTokenizerFast:
    special = ["<s>", "<pad>", "</s>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        [WORDS],
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    if roberta:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=pad,
        bos_token="<s>",
        eos_token="</s>",
        model_max_length=WINDOW,
        model_input_names=["input_ids", "attention_mask"],
    )
