"""Plain full fine-tuning of all-MiniLM-L6-v2 in PyTorch, a step for each line "s" on standard input.

    python plain_step.py LANGCHAIN4J_MINILM_JAR [--threads N] [--clip]

The same weights (from the jar that the product loads), the same batches and labels, the same losses as
`step-server` of the benchmarks jar: fp32, no dropout, fused Adam at 1e-4, the head's own Adam at 1e-3 with its
gradient's norm cut at 1. Prints READY, then for each step its seconds and its loss. Without --clip the other
parameters' gradients are not cut, which is less work than the product does.
"""

import argparse
import re
import sys
import time
import zipfile

import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertModel

BATCH, TOKENS, CLASSES, BATCHES = 16, 64, 2, 4
VOCAB = 30522


class Draws:
    """The generator of StepBatches: ANSI C's example, its upper bits."""

    def __init__(self):
        self.state = 42

    def draw(self, bound: int) -> int:
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % bound


def batches() -> list[tuple[torch.Tensor, torch.Tensor]]:
    draws = Draws()
    made = []
    for _ in range(BATCHES):
        ids, labels = [], []
        for _ in range(BATCH):
            ids.append([draws.draw(VOCAB // 4) for _ in range(TOKENS)])
            labels.append(draws.draw(CLASSES))
        made.append((torch.tensor(ids), torch.tensor(labels)))
    return made


def weights(jar: str) -> dict[str, torch.Tensor]:
    """The jar's ONNX file as a state dict; matrices of MatMul nodes have no name of their own and are transposed."""
    with zipfile.ZipFile(jar) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".onnx"))
        graph = onnx.load_from_string(archive.read(name)).graph
    tensors = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in graph.initializer}
    state = {n: t for n, t in tensors.items() if n.startswith(("embeddings.", "encoder."))}
    for node in graph.node:
        layer = re.fullmatch(r"/(encoder/layer\.\d+/.+)/MatMul", node.name)
        if layer and node.op_type == "MatMul" and node.input[1] in tensors:
            state[layer[1].replace("/", ".") + ".weight"] = tensors[node.input[1]].T.contiguous()
    return {n: t.float() for n, t in state.items() if not n.endswith("position_ids")}


def encoder(jar: str) -> BertModel:
    config = BertConfig(
        vocab_size=VOCAB, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(weights(jar), strict=True)
    return model.train()


class Training:
    def __init__(self, jar: str, clip: bool):
        self.model = encoder(jar)
        self.head = torch.nn.Linear(self.model.config.hidden_size, CLASSES)
        torch.nn.init.zeros_(self.head.weight)
        torch.nn.init.zeros_(self.head.bias)
        self.clip = clip
        self.adam = torch.optim.Adam(self.model.parameters(), lr=1e-4, fused=True)
        self.head_adam = torch.optim.Adam(self.head.parameters(), lr=1e-3, fused=True)

    def step(self, ids: torch.Tensor, labels: torch.Tensor) -> float:
        features = self.model(input_ids=ids).last_hidden_state.mean(dim=1)
        loss = torch.nn.functional.cross_entropy(self.head(features), labels)
        self.adam.zero_grad(set_to_none=True)
        self.head_adam.zero_grad(set_to_none=True)
        loss.backward()
        if self.clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        torch.nn.utils.clip_grad_norm_(self.head.parameters(), 1.0)
        self.adam.step()
        self.head_adam.step()
        return loss.item()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("jar")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--clip", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    training = Training(options.jar, options.clip)
    made = batches()
    print("READY", flush=True)
    for number, line in enumerate(sys.stdin):
        if line.strip() != "s":
            break
        ids, labels = made[number % BATCHES]
        began = time.perf_counter()
        loss = training.step(ids, labels)
        print(f"{time.perf_counter() - began:.6f} {loss:.7f}", flush=True)


if __name__ == "__main__":
    main()
