"""Reads checkpoints of the encoder `conformer` without melomine, builds each network once more of torch.nn's modules and
compares what both make of a window.

usage: conformer_in_torch.py FILE... Each is a safetensors file: tensors encoder.*, `input` [B, C, F, T] and `output`
[B, D]; metadata `settings`, the encoder's as JSON. Exits 0 when all outputs agree to 1e-5, 1 when not, 77 without torch."""
import json
import math
import struct
import sys

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError:
    print("no module named torch")
    sys.exit(77)

TYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        data = bytearray(content[begin:end])
        tensors[name] = torch.frombuffer(data, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def convolution(channels_in, channels_out, kernel, stride=1, bias=True):
    """Zero-padded by (kernel - 1) // 2 before and kernel // 2 after."""
    (f, t), module = kernel, nn.Conv2d(channels_in, channels_out, kernel, stride=stride, bias=bias)
    module.around = ((t - 1) // 2, t // 2, (f - 1) // 2, f // 2)
    return module


def padded(module, x):
    return module(F.pad(x, module.around))


class Prelayer(nn.Module):
    def __init__(self, channels, bins, width):
        super().__init__()
        self.conv1 = convolution(channels, width, (3, 3), 2)
        self.conv2 = convolution(width, width, (3, 3), 2)
        self.linear = nn.Linear(width * -(-bins // 4), width)

    def forward(self, x):
        y = F.relu(padded(self.conv2, F.relu(padded(self.conv1, x))))
        return self.linear(y.permute(0, 3, 1, 2).flatten(2))


class HarmonicBlock(nn.Module):
    def __init__(self, kernels):
        super().__init__()
        self.conv1, self.bn1 = convolution(1, 3, (3, 3), bias=False), nn.BatchNorm2d(3)
        self.conv2, self.bn2 = convolution(3, 3, (3, 3), bias=False), nn.BatchNorm2d(3)
        self.temporal = convolution(3, 3, (1, 3))
        self.frequency1, self.frequency2, self.frequency3 = (convolution(3, 1, (k, 1)) for k in kernels)

    def forward(self, x):
        y = F.relu(self.bn2(padded(self.conv2, F.relu(self.bn1(padded(self.conv1, x))))))
        over_bins = F.avg_pool2d(y, (3, 1), 1, (1, 0), count_include_pad=False)
        over_time = F.avg_pool2d(y, (1, 3), 1, (0, 1), count_include_pad=False)
        harmonics = [padded(c, over_bins) for c in (self.frequency1, self.frequency2, self.frequency3)]
        return torch.cat(harmonics, 1) * padded(self.temporal, over_time)


class HarmonicBlocks(nn.Module):
    def __init__(self, octave):
        super().__init__()
        self.full = HarmonicBlock((octave, octave * 7 // 2, octave * 6))
        self.mid = HarmonicBlock((octave, octave * 5 // 2, octave * 4))
        self.tiny = HarmonicBlock((octave, octave * 3 // 2, octave * 2))
        self.squeeze, self.excite = nn.Linear(9, 3), nn.Linear(3, 9)
        self.fuse = convolution(9, 1, (1, 1), bias=False)

    def forward(self, x):
        y = torch.cat([self.full(x), self.mid(x), self.tiny(x)], 1)
        share = torch.sigmoid(self.excite(F.relu(self.squeeze(y.mean((2, 3))))))
        return x + self.fuse(y * share[:, :, None, None])


def sinusoids(places, width):
    angles = places[:, None] * torch.tensor([10000.0 ** (-2 * k / width) for k in range(width // 2)], dtype=places.dtype)
    table = torch.zeros(len(places), width, dtype=places.dtype)
    table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
    return table


class Attention(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.heads, self.relative = s["heads"], s["attention"] == "relative"
        self.query, self.key, self.value, self.output = (nn.Linear(s["d_model"], s["d_model"], bias=False) for _ in range(4))
        if self.relative:
            self.position = nn.Linear(s["d_model"], s["d_model"], bias=False)
            self.content_bias = nn.Parameter(torch.zeros(self.heads, s["d_model"] // self.heads))
            self.position_bias = nn.Parameter(torch.zeros(self.heads, s["d_model"] // self.heads))

    def forward(self, x):
        batch, steps, width = x.shape
        q, k, v = (m(x).reshape(batch, steps, self.heads, -1) for m in (self.query, self.key, self.value))
        if self.relative:
            place = torch.arange(steps)
            distances = (place[:, None] - place[None, :]).flatten().double()
            r = self.position(sinusoids(distances, width).to(x.dtype)).reshape(steps, steps, self.heads, -1)
            scores = torch.einsum("bihd,bjhd->bhij", q + self.content_bias, k) \
                + torch.einsum("bihd,ijhd->bhij", q + self.position_bias, r)
        else:
            scores = torch.einsum("bihd,bjhd->bhij", q, k)
        weights = torch.softmax(scores / math.sqrt(width // self.heads), -1)
        return self.output(torch.einsum("bhij,bjhd->bihd", weights, v).reshape(batch, steps, width))


class FeedForward(nn.Module):
    def __init__(self, s, activation):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(s["d_model"], s["feed_forward"]), nn.Linear(s["feed_forward"], s["d_model"])
        self.activation = activation

    def forward(self, x):
        return self.linear2(self.activation(self.linear1(x)))


class Convolution(nn.Module):
    def __init__(self, s):
        super().__init__()
        width = s["d_model"]
        self.pointwise1, self.pointwise2 = nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.depthwise = nn.Conv1d(width, width, s["kernel"], padding=s["kernel"] // 2, groups=width, bias=False)
        self.batch_norm = nn.BatchNorm1d(width)

    def forward(self, x):
        y = self.depthwise(F.glu(self.pointwise1(x), -1).transpose(1, 2))
        return self.pointwise2(F.silu(self.batch_norm(y)).transpose(1, 2))


class ConformerLayer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.ffn1, self.ffn2 = FeedForward(s, F.silu), FeedForward(s, F.silu)
        self.attention, self.convolution = Attention(s), Convolution(s)
        self.norm_ffn1, self.norm_attention, self.norm_convolution, self.norm_ffn2, self.norm = (
            nn.LayerNorm(s["d_model"]) for _ in range(5))

    def forward(self, x):
        x = x + 0.5 * self.ffn1(self.norm_ffn1(x))
        x = x + self.attention(self.norm_attention(x))
        x = x + self.convolution(self.norm_convolution(x))
        return self.norm(x + 0.5 * self.ffn2(self.norm_ffn2(x)))


class TransformerLayer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.attention, self.ffn = Attention(s), FeedForward(s, F.relu)
        self.norm_attention, self.norm_ffn = nn.LayerNorm(s["d_model"]), nn.LayerNorm(s["d_model"])

    def forward(self, x):
        x = self.norm_attention(x + self.attention(x))
        return self.norm_ffn(x + self.ffn(x))


class Encoder(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.s, width = s, s["d_model"]
        if s["prelayer"]:
            self.prelayer = Prelayer(s["input_channels"], s["bins"], width)
        else:
            self.linear = nn.Linear(s["input_channels"] * s["bins"], width)
        if s["harmonic_blocks"]:
            self.harmonic = HarmonicBlocks(s["bins_per_octave"])
        layer = ConformerLayer if s["block"] == "conformer" else TransformerLayer
        self.layers = nn.ModuleList(layer(s) for _ in range(s["layers"]))
        if s["embedding_dim"] != width:
            self.fc = nn.Linear(width, s["embedding_dim"])

    def forward(self, x):
        y = self.prelayer(x) if self.s["prelayer"] else self.linear(x.permute(0, 3, 1, 2).flatten(2))
        if self.s["harmonic_blocks"]:
            y = self.harmonic(y.transpose(1, 2)[:, None])[:, 0].transpose(1, 2)
        if self.s["attention"] == "absolute":
            y = y + sinusoids(torch.arange(y.shape[1]).double(), y.shape[2]).to(y.dtype)
        for layer in self.layers:
            y = layer(y)
        y = y.mean(1)
        return F.normalize(self.fc(y) if hasattr(self, "fc") else y)


def difference(path):
    tensors, metadata = read_safetensors(path)
    encoder = Encoder(json.loads(metadata["settings"]))
    prefix = "encoder."
    encoder.load_state_dict({k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)})  # strictly
    encoder.eval()
    with torch.no_grad():
        return (encoder(tensors["input"]) - tensors["output"]).abs().max().item()


def main():
    torch.set_num_threads(1)
    differences = {path: difference(path) for path in sys.argv[1:]}
    print("\n".join(f"{path}: largest difference {value:.2g}" for path, value in differences.items()))
    return 0 if all(value <= 1e-5 for value in differences.values()) else 1


sys.exit(main())
