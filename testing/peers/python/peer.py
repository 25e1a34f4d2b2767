"""MiniLM in PyTorch, PEFT and ONNX Runtime with adapters; a child process of `diffstream bench peers`.

The first line of standard input is a JSON object: architecture, the file of the base's weights and
where each tensor lies in it, texts as token ids, a head over the mean of the token states, and the
number of threads. The answer says which ways there are, and why others are not. Each further line
names a way and wants its logits (`"what": "logits"`, a row for each text) or the time of one run
over all texts (`"what": "run"`, in milliseconds).
"""

import json
import sys
import tempfile
import time
from pathlib import Path

ADAPTERS = "each text of another adapter"


class Job:
    """What is asked, and the base in PyTorch."""

    def __init__(self, line):
        import numpy
        import torch
        from transformers import BertConfig, BertModel

        self.torch = torch
        self.given = json.loads(line)
        self.texts = self.given["texts"]
        torch.set_num_threads(self.given["threads"])
        raw = numpy.memmap(self.given["weights"], dtype="<f4", mode="r")
        self.weights = {
            tensor["name"]: torch.from_numpy(
                raw[tensor["first"] : tensor["first"] + tensor["size"]].copy()
            ).reshape(tensor["shape"])
            for tensor in self.given["tensors"]
        }
        sizes = self.given["architecture"]
        self.config = BertConfig(
            vocab_size=sizes["vocab"],
            hidden_size=sizes["hidden"],
            num_hidden_layers=sizes["layers"],
            num_attention_heads=sizes["heads"],
            intermediate_size=sizes["intermediate"],
            max_position_embeddings=sizes["maxPositions"],
            type_vocab_size=sizes["typeVocab"],
            layer_norm_eps=sizes["layerNormEps"],
        )
        self.bert_class = BertModel
        self.head_weight = torch.tensor(self.given["headWeight"])
        self.head_bias = torch.tensor(self.given["headBias"])

    def bert(self, attention="sdpa"):
        model = self.bert_class._from_config(self.config, attn_implementation=attention)
        model.pooler = None
        missing = model.load_state_dict(self.weights, strict=False)
        wrong = [name for name in missing.missing_keys if "position_ids" not in name]
        if wrong or missing.unexpected_keys:
            raise ValueError(f"tensors that do not fit: {wrong} {missing.unexpected_keys}")
        return model.eval()

    def padded(self, numbers):
        """Ids and mask of some texts as one batch."""
        longest = max(len(self.texts[i]) for i in numbers)
        ids = self.torch.zeros((len(numbers), longest), dtype=self.torch.long)
        mask = self.torch.zeros((len(numbers), longest), dtype=self.torch.long)
        for row, i in enumerate(numbers):
            ids[row, : len(self.texts[i])] = self.torch.tensor(self.texts[i])
            mask[row, : len(self.texts[i])] = 1
        return ids, mask

    def head(self, states, mask):
        weights = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * weights).sum(1) / weights.sum(1)
        return mean @ self.head_weight.T + self.head_bias


class Batched:
    """The bare base, in padded batches of texts of about the same length."""

    def __init__(self, job, model, size):
        self.job, self.model = job, model
        order = sorted(range(len(job.texts)), key=lambda i: len(job.texts[i]))
        self.batches = [order[at : at + size] for at in range(0, len(order), size)]

    def logits(self):
        answers = [None] * len(self.job.texts)
        with self.job.torch.inference_mode():
            for numbers in self.batches:
                ids, mask = self.job.padded(numbers)
                states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
                for i, row in zip(numbers, self.job.head(states, mask)):
                    answers[i] = row.tolist()
        return answers


class PeftSwitched:
    """A PEFT model with an adapter for each text, switched by name text by text."""

    def __init__(self, job, model):
        self.job, self.model = job, model

    def logits(self):
        answers = []
        with self.job.torch.inference_mode():
            for i in range(len(self.job.texts)):
                self.model.set_adapter(f"task{i}")
                ids, mask = self.job.padded([i])
                states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
                answers.append(self.job.head(states, mask)[0].tolist())
        return answers


class PeftMixed:
    """One padded batch whose rows name their LoRA adapters."""

    def __init__(self, job, model):
        self.job, self.model = job, model

    def logits(self):
        numbers = list(range(len(self.job.texts)))
        with self.job.torch.inference_mode():
            ids, mask = self.job.padded(numbers)
            states = self.model(
                input_ids=ids,
                attention_mask=mask,
                adapter_names=[f"task{i}" for i in numbers],
            ).last_hidden_state
            return self.job.head(states, mask).tolist()


class OrtAdapters:
    """ONNX Runtime, text by text, each with its own LoRA adapter active."""

    def __init__(self, job, lora, directory):
        import onnx
        import onnxruntime

        self.job = job
        plain = job.bert(attention="eager")
        from peft import get_peft_model

        model = randomised(job, get_peft_model(plain, lora_config(), adapter_name="task"))
        file = Path(directory) / "lora.onnx"
        ids, mask = job.padded([0, 1])
        job.torch.onnx.export(
            model,
            (ids, mask),
            str(file),
            dynamo=False,
            do_constant_folding=False,
            input_names=["input_ids", "attention_mask"],
            output_names=["states"],
            dynamic_axes={
                "input_ids": {0: "texts", 1: "tokens"},
                "attention_mask": {0: "texts", 1: "tokens"},
                "states": {0: "texts", 1: "tokens"},
            },
        )
        graph = onnx.load(str(file))
        names = [tensor.name for tensor in graph.graph.initializer if ".lora_" in tensor.name]
        wanted = [name for name in model.state_dict() if ".lora_" in name]
        if sorted(names) != sorted(wanted):
            raise ValueError(f"the graph has {len(names)} LoRA parameters of {len(wanted)}")
        for tensor in graph.graph.initializer:
            if tensor.name in names:
                graph.graph.input.append(
                    onnx.helper.make_tensor_value_info(
                        tensor.name, tensor.data_type, list(tensor.dims)
                    )
                )
        onnx.save(graph, str(file))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job.given["threads"]
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # a warning for each parameter that is an input
        self.session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        values = lora.state_dict()
        self.runs = []
        for i in range(len(job.texts)):
            adapter_file = str(Path(directory) / f"task{i}.onnx_adapter")
            form = onnxruntime.AdapterFormat()
            form.set_adapter_version(1)
            form.set_model_version(1)
            form.set_parameters(
                {
                    name: onnxruntime.OrtValue.ortvalue_from_numpy(
                        values[name.replace(".task.", f".task{i}.")].numpy()
                    )
                    for name in names
                }
            )
            form.export_adapter(adapter_file)
            adapter = onnxruntime.LoraAdapter()
            adapter.Load(adapter_file)
            run = onnxruntime.RunOptions()
            run.add_active_adapter(adapter)
            self.runs.append((run, adapter))

    def logits(self):
        answers = []
        for i, (run, _) in enumerate(self.runs):
            ids, mask = self.job.padded([i])
            (states,) = self.session.run(
                ["states"], {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}, run
            )
            rows = self.job.head(self.job.torch.from_numpy(states), mask)
            answers.append(rows[0].tolist())
        return answers


def lora_config():
    from peft import LoraConfig

    return LoraConfig(
        r=8, lora_alpha=8, target_modules=["query", "key", "value", "dense"], lora_dropout=0.0
    )


def adapted(job, config):
    """A PEFT model with an adapter for each text, of random values."""
    from peft import get_peft_model

    job.torch.manual_seed(3)
    model = get_peft_model(job.bert(), config, adapter_name="task0")
    for i in range(1, len(job.texts)):
        model.add_adapter(f"task{i}", config)
    return randomised(job, model)


def randomised(job, model):
    """Random values in all adapters. Fresh ones are zero, and the exporter to ONNX makes one
    tensor of those that are equal, so that each adapter's own values would have no place."""
    with job.torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name or "shira_" in name:
                parameter.normal_(0, 0.05)
    return model.eval()


def shira_config(job):
    from peft import ShiraConfig

    # Rank 1 of its count of values is (384 + 384) of 384 x 384: 0.5 %.
    return ShiraConfig(r=1, target_modules=["query", "key", "value", "dense"])


def ways(job, directory):
    """Each way by its name, or the reason why there is none."""
    found, missing = {}, {}

    def add(name, make):
        try:
            found[name] = make()
        except Exception as e:  # whatever a library lacks, the others are measured
            missing[name] = f"{type(e).__name__}: {e}"[:500]

    model = job.bert()
    for size in (16, 8, 4, 1):
        add(f"pytorch-{size}", lambda: Batched(job, model, size))
    lora = {}

    def lora_model():
        if "model" not in lora:
            lora["model"] = adapted(job, lora_config())
        return lora["model"]

    add("peft-lora", lambda: PeftSwitched(job, lora_model()))
    add("peft-lora-mixed", lambda: PeftMixed(job, lora_model()))
    add("peft-shira", lambda: PeftSwitched(job, adapted(job, shira_config(job))))
    add("ort-adapters", lambda: OrtAdapters(job, lora_model(), directory))
    return found, missing


def versions():
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("torch", "transformers", "peft", "onnxruntime"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
    return found


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    line = sys.stdin.readline()

    def answer(message):
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    with tempfile.TemporaryDirectory() as directory:
        try:
            job = Job(line)
        except ImportError as e:
            answer({"ways": [], "missing": {"all": str(e)}, "versions": versions()})
            return
        found, missing = ways(job, directory)
        answer({"ways": list(found), "missing": missing, "versions": versions()})
        for line in sys.stdin:
            wanted = json.loads(line)
            way = found[wanted["way"]]
            begin = time.perf_counter_ns()
            logits = way.logits()
            millis = (time.perf_counter_ns() - begin) / 1e6
            answer({"millis": millis} if wanted["what"] == "run" else {"logits": logits})


if __name__ == "__main__":
    main()
