"""Writes small random BERT encoders and what the reference implementation computes with them.

    python make_bert_goldens.py ../../lib/base-model/src/test/resources/bert

Needs the packages in requirements.txt. The models differ in activation, number type, names of the
tensors and what stands beside the encoder, so that together they cover what a base may look like.
The files it wrote are committed; run it again only to change them.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, BertModel

WORDS = "the a man is eating food meal stock market fell sharp cat sat on mat not very good bad"
PIECES = "##ly ##s ##ing ##ed ##er un re . , ? ! ' - é 1 2 3"
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS.split() + PIECES.split()
TEXTS = [
    ("The man is eating.", None),
    ("", None),
    ("Stocks fell sharply, not good!", None),
    ("A cat sat on the mat and the man sat on the cat, very very very good.", None),
    ("The cat sat.", "Is the man eating food?"),
    ("The cat sat on the mat, the mat, the mat.", "Good."),
    ("Good.", "The cat sat on the mat, the mat, the mat."),
    ("The cat sat on the mat, the mat.", "The man is eating a meal, a meal, a meal."),
    ("", "good"),
    ("good", ""),
]
MAX_TOKENS = 13


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece({w: i for i, w in enumerate(VOCAB)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return made


def randomised(model: torch.nn.Module, seed: int, dtype: torch.dtype) -> torch.nn.Module:
    """Every parameter random, layer norms too, and of a value that the file's type holds exactly."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator) * 0.15
            centre = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_((noise + centre).to(dtype).float())
    return model.eval()


def sequences(encoder: BertModel, seed: int) -> list[dict]:
    """Rows of several lengths, each alone and so without padding."""
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for length in (1, 3, 7, 20):
        ids = torch.randint(0, encoder.config.vocab_size, (1, length), generator=generator)
        types = torch.randint(0, 2, (1, length), generator=generator)
        with torch.no_grad():
            hidden = encoder(input_ids=ids, token_type_ids=types).last_hidden_state[0]
        rows.append({"ids": ids[0].tolist(), "types": types[0].tolist(),
                     "hidden": [[round(v, 6) for v in row] for row in hidden.tolist()]})
    return rows


def encodings(made: Tokenizer) -> list[dict]:
    """A pair is two sequences, one after the other."""
    made.enable_truncation(MAX_TOKENS)
    rows = []
    for text, pair in TEXTS:
        parts = [made.encode(part) for part in (text, pair) if part is not None]
        rows.append({"text": text, "pair": pair, "ids": sum((p.ids for p in parts), []),
                     "secondStart": len(parts[0].ids),
                     "truncated": any(p.overflowing for p in parts)})
    return rows


def write(folder: Path, config: BertConfig, seed: int, dtype: torch.dtype, old_names: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if old_names:
        model = randomised(BertForSequenceClassification(config), seed, dtype)
        encoder = model.bert
    else:
        model = encoder = randomised(BertModel(config), seed, dtype)
    tensors = {name: tensor.to(dtype).contiguous() for name, tensor in model.state_dict().items()}
    if old_names:
        tensors = {name.replace("LayerNorm.weight", "LayerNorm.gamma")
                   .replace("LayerNorm.bias", "LayerNorm.beta"): t for name, t in tensors.items()}
        tensors["bert.embeddings.position_ids"] = torch.arange(config.max_position_embeddings)[None]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=1, default=str) + "\n")
    made = tokenizer()
    golden = {"sequences": sequences(encoder, seed), "maxTokens": MAX_TOKENS,
              "encodings": encodings(made)}
    made.enable_truncation(5)
    made.enable_padding(length=9)  # a base's own settings, which its reader must switch off
    made.save(str(folder / "tokenizer.json"))
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


def main() -> None:
    out = Path(sys.argv[1])
    for seed, (act, dtype, old_names, eps) in enumerate([
        ("gelu", torch.float32, False, 1e-12),
        ("gelu_new", torch.bfloat16, True, 1e-5),
        ("relu", torch.float16, False, 1e-12),
    ]):
        config = BertConfig(
            vocab_size=len(VOCAB), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=48, max_position_embeddings=24, type_vocab_size=2, hidden_act=act,
            layer_norm_eps=eps, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        write(out / act, config, seed, dtype, old_names)


if __name__ == "__main__":
    main()
