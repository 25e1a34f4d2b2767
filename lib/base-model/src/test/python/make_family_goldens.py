"""Writes a small random encoder of each family and what the reference implementation computes.

    python make_family_goldens.py ../resources/families

Needs the packages in testing/reference/requirements.txt. The files it wrote are committed; run it
again only to change them.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig, BertForSequenceClassification, DistilBertConfig,
    DistilBertForSequenceClassification, ElectraConfig, ElectraForSequenceClassification,
    RobertaConfig, RobertaForSequenceClassification, XLMRobertaConfig,
    XLMRobertaForSequenceClassification)

WORDS = ("the a man is eating food meal stock market fell sharp cat sat on mat not very good bad "
         "un re . , ? ! ' - 1 2 3").split()
BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
TEXTS = ["The man is eating.", "", "A cat sat on the mat, not good!"]
COMMON = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48)
SHOWN = 3  # gradients of so many tensors beside the word and position embeddings
CLASSES = [2, 0, 1]


def tokenizer(special: list[str], begin: str, end: str, unknown: str) -> Tokenizer:
    vocabulary = {word: i for i, word in enumerate(special + WORDS)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token=unknown))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, vocabulary[begin]), (end, vocabulary[end])])
    return made


def randomised(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator) * 0.15
            centre = 1.0 if "norm.weight" in name.lower() else 0.0
            parameter.copy_(noise + centre)
    return model.eval()


def rounded(tensor: torch.Tensor) -> list:
    return [float(f"{v:.8g}") for v in tensor.flatten().tolist()]


def golden(encoder: torch.nn.Module, made: Tokenizer, longest: int, seed: int) -> dict:
    """Rows, each alone and so without padding; the gradients are of their mean loss."""
    generator = torch.Generator().manual_seed(seed)
    ids = [made.encode(text).ids for text in TEXTS]
    ids.append(torch.randint(5, 5 + len(WORDS), (longest,), generator=generator).tolist())
    hidden = [encoder(input_ids=torch.tensor([row])).last_hidden_state[0] for row in ids]
    head = torch.randn(3, 32, generator=generator) * 0.3
    logits = torch.stack([row.mean(0) for row in hidden]) @ head.T
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(CLASSES + [1]))
    loss.backward()
    named = dict(encoder.named_parameters())
    layers = sorted(name for name in named if "layer.1" in name and "weight" in name)
    chosen = [n for n in named if n.startswith("embeddings")] + layers[:SHOWN] + layers[-SHOWN:]
    return {"texts": TEXTS, "longest": longest, "head": rounded(head), "classes": CLASSES + [1],
            "rows": [{"ids": row, "hidden": rounded(states)} for row, states in zip(ids, hidden)],
            "loss": loss.item(), "gradients": {n: rounded(named[n].grad) for n in chosen}}


def write(folder: Path, model: torch.nn.Module, prefix: str, made: Tokenizer, longest: int,
          seed: int) -> None:
    """The file has prefixes and a task head, as a published model has."""
    folder.mkdir(parents=True, exist_ok=True)
    randomised(model, seed)
    save_file({n: t.contiguous() for n, t in model.state_dict().items()},
              folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(
        json.dumps(model.config.to_dict(), indent=1, default=str) + "\n")
    made.save(str(folder / "tokenizer.json"))
    values = golden(getattr(model, prefix), made, longest, seed)
    (folder / "golden.json").write_text(json.dumps(values) + "\n")


def main() -> None:
    out = Path(sys.argv[1])
    bert = tokenizer(BERT_SPECIAL, "[CLS]", "[SEP]", "[UNK]")
    roberta = tokenizer(ROBERTA_SPECIAL, "<s>", "</s>", "<unk>")
    sizes = dict(COMMON, vocab_size=bert.get_vocab_size(), max_position_embeddings=24, num_labels=3)
    write(out / "bert", BertForSequenceClassification(BertConfig(**sizes)), "bert", bert, 24, 1)
    shifted = dict(sizes, type_vocab_size=1, layer_norm_eps=1e-5)
    write(out / "roberta", RobertaForSequenceClassification(RobertaConfig(**shifted)), "roberta",
          roberta, 22, 2)
    write(out / "xlm-roberta", XLMRobertaForSequenceClassification(XLMRobertaConfig(**shifted)),
          "roberta", roberta, 22, 3)
    distilled = DistilBertConfig(
        vocab_size=bert.get_vocab_size(), dim=32, n_layers=2, n_heads=4, hidden_dim=48,
        activation="relu", max_position_embeddings=24, num_labels=3)
    write(out / "distilbert", DistilBertForSequenceClassification(distilled), "distilbert", bert,
          24, 4)
    write(out / "electra", ElectraForSequenceClassification(ElectraConfig(
        **sizes, embedding_size=20)), "electra", bert, 24, 5)
    write(out / "electra-wide", ElectraForSequenceClassification(ElectraConfig(
        **sizes, embedding_size=32)), "electra", bert, 24, 6)


if __name__ == "__main__":
    main()
