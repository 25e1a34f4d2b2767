"""Holds exported diffs against PEFT and transformers.

    python check_shira.py DIFF BASE ADAPTER [CHECKPOINT]

DIFF        a diff file of the plain profile (diff convert) with recorded probes (diff merge --base)
BASE        the base in Hugging Face layout; of minilm, export a diff that changes nothing:
            diff merge DIFF DIFF --weights 0,0 --out none.safetensors, and
            diff export --format huggingface none.safetensors --out BASE
ADAPTER     what `diff export --format peft-shira` wrote
CHECKPOINT  what `diff export --format huggingface` wrote

For single texts and pairs it prints the greatest difference between the logits that diffstream
recorded in DIFF and those of the same probe sentences with (1) the diff added by hand, (2) the
adapter loaded by PEFT, (3) the checkpoint loaded by transformers.
"""

import argparse
import json

import torch
from peft import PeftModel
from safetensors import safe_open
from transformers import AutoModel, AutoTokenizer

PROBES = [
    ("A man is eating food.", "A man is eating a meal."),
    (
        "The quick brown fox jumps over the lazy dog.",
        "The stock market fell sharply on Monday.",
    ),
    (
        "I have been waiting for an answer since last week, and nobody calls me back!",
        "When will somebody reply?",
    ),
    (
        "42",
        "Forty-two is the answer to the question that nobody remembered to write down.",
    ),
]


def read(path):
    with safe_open(path, "pt") as f:
        return {name: f.get_tensor(name) for name in f.keys()}, f.metadata()


def add(model, tensors, sign=1):
    """theta0 + v in place; with sign -1 back again, to within one rounding."""
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, positions in tensors.items():
            if name.endswith(".indices"):
                stem = name.removesuffix(".indices")
                parameters[stem].view(-1).index_add_(
                    0, positions.long(), sign * tensors[stem + ".values"].float()
                )
    return model


def mean(model, tokenizer, text, max_tokens):
    batch = tokenizer(text, truncation=True, max_length=max_tokens, return_tensors="pt")
    return model(**batch).last_hidden_state[0].mean(0)


def logits(model, tokenizer, tensors, metadata):
    weight, bias = tensors["diffstream.head.weight"], tensors["diffstream.head.bias"]
    max_tokens = int(metadata["tokenizer.maxTokens"])
    rows = []
    model.eval()
    with torch.no_grad():
        for first, second in PROBES:
            u = mean(model, tokenizer, first, max_tokens)
            if metadata["features"] == "pair":
                v = mean(model, tokenizer, second, max_tokens)
                u, v = (x / x.norm() * len(x) ** 0.5 for x in (u, v))
                u = torch.cat([u, v, (u - v).abs(), u * v])
            rows.append(weight @ u + bias)
    return torch.stack(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("diff")
    parser.add_argument("base")
    parser.add_argument("adapter")
    parser.add_argument("checkpoint", nargs="?")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    tensors, metadata = read(arguments.diff)
    if metadata["features"] not in ("mean", "pair"):
        raise SystemExit("expected features mean or pair, got " + metadata["features"])
    recorded = tensors.get("diffstream.probes.v1")
    tokenizer = AutoTokenizer.from_pretrained(arguments.base)

    def base():
        return AutoModel.from_pretrained(arguments.base, dtype=torch.float32)

    by_hand = logits(add(base(), tensors), tokenizer, tensors, metadata)
    reference = by_hand if recorded is None else recorded
    results = {"largestLogit": reference.abs().max().item()}

    def compare(name, model):
        got = logits(model, tokenizer, tensors, metadata)
        results[name] = (got - reference).abs().max().item()
        results[name + " from by hand"] = (got - by_hand).abs().max().item()

    compare("by hand", add(base(), tensors))
    compare("bare base", base())
    adapted = PeftModel.from_pretrained(base(), arguments.adapter)
    compare("peft", adapted)
    compare("peft merged", adapted.merge_and_unload())
    if arguments.checkpoint:
        compare("checkpoint", AutoModel.from_pretrained(arguments.checkpoint, dtype=torch.float32))
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
