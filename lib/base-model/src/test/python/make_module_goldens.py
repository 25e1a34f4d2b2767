"""Writes small random TorchScript modules as bases and what PyTorch computes with them.

    python make_module_goldens.py ../resources/modules

Needs the packages in testing/reference/requirements.txt. The files it wrote are committed; run it
again only to change them.
"""

import json
import sys
from pathlib import Path

import torch
from torch import Tensor, nn


class ImageNet(nn.Module):
    """Three convolutions over 1 x 16 x 16, batch norm, mean over the image; an unused task head."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(12, 16, 3, stride=2, padding=1)
        self.head = nn.Linear(16, 10)

    def forward(self, image: Tensor) -> Tensor:
        x = torch.relu(self.norm(self.conv1(image)))
        x = torch.relu(self.conv2(x))
        return torch.relu(self.conv3(x)).mean([2, 3])


class Layer(nn.Module):
    def __init__(self, width: int, heads: int, between: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.up = nn.Linear(width, between)
        self.down = nn.Linear(between, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        b, s, w = x.shape
        qkv = self.qkv(x).view(b, s, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        c = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = self.norm1(x + self.out(c.transpose(1, 2).reshape(b, s, w)))
        return self.norm2(x + self.down(nn.functional.gelu(self.up(x))))


class AudioEncoder(nn.Module):
    """A convolution over frames of 20 values, two transformer layers, the mean over the frames."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(20, 16, 3, padding=1)
        self.layers = nn.ModuleList([Layer(16, 2, 24), Layer(16, 2, 24)])
        self.dropout = nn.Dropout(0.1)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        mask = torch.arange(frames.shape[1])[None, :] < lengths[:, None]
        bias = torch.where(mask, 0.0, -1e9)[:, None, None, :]
        x = self.dropout(torch.relu(self.conv(frames.transpose(1, 2))).transpose(1, 2))
        for layer in self.layers:
            x = layer(x, bias)
        weights = mask.float() / lengths[:, None]
        return (x * weights[:, :, None]).sum(1)


def randomised(model: nn.Module, seed: int) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if tensor.is_floating_point():
                centre = 1.0 if "norm" in name and "bias" not in name else 0.0
                noise = torch.randn(tensor.shape, generator=generator) * 0.2
                tensor.copy_((noise + centre).abs() if "running_var" in name else noise + centre)
    return model.eval()


def rounded(tensor: Tensor) -> list:
    return [float(f"{v:.8g}") for v in tensor.flatten().tolist()]


def write(folder: Path, model: nn.Module, description: dict, shapes: list, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    randomised(model, seed)
    scripted = torch.jit.script(model)
    scripted.save(str(folder / "model.pt"))
    (folder / "base.json").write_text(json.dumps(description, indent=1) + "\n")
    generator = torch.Generator().manual_seed(seed)
    inputs = [torch.randn(shape, generator=generator) for shape in shapes]
    varies = description["inputs"][0]["shape"][0] == -1
    features = torch.cat([
        scripted(x[None], torch.tensor([len(x)])) if varies else scripted(x[None]) for x in inputs])
    head = torch.randn(3, description["features"], generator=generator) * 0.3
    classes = [2, 0, 1]
    loss = nn.functional.cross_entropy(features @ head.T, torch.tensor(classes))
    loss.backward()
    golden = {
        "inputs": [{"shape": list(x.shape), "values": rounded(x)} for x in inputs],
        "features": [rounded(row) for row in features], "head": rounded(head), "classes": classes,
        "loss": loss.item(),
        "gradients": {n: rounded(p.grad) for n, p in scripted.named_parameters()
                      if p.grad is not None}}
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")


def main() -> None:
    out = Path(sys.argv[1])
    write(out / "image", ImageNet(), {
        "name": "tiny-image", "inputs": [{"name": "image", "type": "float32", "shape": [1, 16, 16]}],
        "features": 16, "heads": "head\\..*"}, [(1, 16, 16)] * 3, 1)
    write(out / "audio", AudioEncoder(), {
        "name": "tiny-audio", "inputs": [{"name": "frames", "type": "float32", "shape": [-1, 20]}],
        "features": 16}, [(9, 20), (4, 20), (13, 20)], 2)


if __name__ == "__main__":
    main()
