"""Holds exported heads of single tokens against transformers.

    python check_tokens.py DIFF CHECKPOINT

DIFF is a diff file of a token classification or a masked language model with recorded probes,
CHECKPOINT what `diff export --format huggingface` wrote of it. Prints the greatest difference
between the recorded logits, which are means over the first tokens of a sentence's words or over
all its tokens, and those of AutoModelForTokenClassification or AutoModelForMaskedLM.
"""

import sys

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import AutoModelForMaskedLM, AutoModelForTokenClassification

from check_shira import PROBES


def main():
    with safe_open(sys.argv[1], "pt") as f:
        recorded = f.get_tensor("diffstream.probes.v1")
        metadata = f.metadata()
    kind = {"word": AutoModelForTokenClassification, "token": AutoModelForMaskedLM}
    model = kind[metadata["features"]].from_pretrained(sys.argv[2], dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(sys.argv[2] + "/tokenizer.json")
    tokenizer.enable_truncation(int(metadata["tokenizer.maxTokens"]))
    tokenizer.no_padding()
    greatest = 0
    for (text, _), row in zip(PROBES, recorded):
        encoding = tokenizer.encode(text)
        asked = range(1, len(encoding.ids) - 1)
        if metadata["features"] == "word":
            words = [len(text[:end].split()) for _, end in encoding.offsets]
            asked = [i for i in asked if words[i] > max(words[1:i], default=0)]
        with torch.no_grad():
            logits = model(torch.tensor([encoding.ids])).logits[0, list(asked)].mean(0)
        outputs = [i * len(logits) // len(row) for i in range(len(row))]
        greatest = max(greatest, (logits[outputs] - row).abs().max().item())
    print("greatest difference", greatest, "of logits up to", recorded.abs().max().item())


if __name__ == "__main__":
    main()
