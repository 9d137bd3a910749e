"""Reads checkpoints as safetensors with nothing but the standard library, builds their networks anew in torch.nn, loads
the weights as they are, and compares outputs.

usage: torch_reads_checkpoint.py FILE...
A file holds "encoder.*", "input" and "output", and metadata network, layers, width. Exits 0 when every output agrees to
1e-5, 1 when one does not, 77 when PyTorch cannot be imported."""
import json
import struct
import sys

try:
    import torch
    from torch import nn
except ImportError as error:
    print(f"no PyTorch: {error}")
    sys.exit(77)

TYPES = {"F32": torch.float32, "I64": torch.int64}


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(data[begin:end], dtype=TYPES[entry["dtype"]]).reshape(entry["shape"]).clone()
    return tensors, metadata


def conv_bn(inputs, outputs, kernel, stride=1, groups=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


class Basic(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(inputs, outputs, 3, stride)
        self.conv2, self.bn2 = conv_bn(outputs, outputs, 3)
        self.downsample = nn.Sequential(*conv_bn(inputs, outputs, 1, stride)) if stride > 1 or inputs != outputs else None

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (self.downsample(x) if self.downsample else x)).relu()


class ResNet(nn.Module):
    def __init__(self, layers, width, dim):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 7, 2, 3, bias=False)
        self.bn1, self.pool = nn.BatchNorm2d(width), nn.MaxPool2d(3, 2, 1)
        inputs = width
        for stage, count in enumerate({18: [2, 2, 2, 2], 34: [3, 4, 6, 3]}[layers]):
            blocks = []
            for i in range(count):
                blocks.append(Basic(inputs, width << stage, 2 if stage and not i else 1))
                inputs = width << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, dim)

    def forward(self, x):
        y = self.pool(self.bn1(self.conv1(x)).relu())
        y = self.layer4(self.layer3(self.layer2(self.layer1(y))))
        return self.fc(y.mean((2, 3)))


class Ir(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.bn0, self.prelu = nn.BatchNorm2d(inputs), nn.PReLU()
        self.conv1, self.bn1 = conv_bn(inputs, inputs, 3)
        self.conv2, self.bn2 = conv_bn(inputs, outputs, 3)
        self.downsample = nn.Sequential(*conv_bn(inputs, outputs, 1)) if inputs != outputs else None

    def forward(self, x):
        y = self.bn2(self.conv2(self.prelu(self.bn1(self.conv1(self.bn0(x))))))
        return self.prelu(y + (self.downsample(x) if self.downsample else x))


class IrResNet(nn.Module):
    """As published: no adaptive pooling, for images of 80 x 630 alone."""

    def __init__(self, layers, width, dim):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(1, width, 3)
        self.prelu = nn.PReLU()
        inputs = width
        for stage, (count, times) in enumerate(zip({18: [2, 3, 4, 3], 34: [3, 4, 6, 3]}[layers], [2, 4, 8, 2])):
            blocks = []
            for _ in range(count):
                blocks.append(Ir(inputs, times * width))
                inputs = times * width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.bn4, self.dropout = nn.BatchNorm2d(inputs), nn.Dropout()
        self.fc5, self.bn5 = nn.Linear(inputs * 5 * 19, dim), nn.BatchNorm1d(dim)

    def forward(self, x):
        y = self.prelu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            y = stage(nn.functional.max_pool2d(y, 2))
        y = self.dropout(self.bn4(nn.functional.max_pool2d(y, (1, 2))))
        return self.bn5(self.fc5(y.flatten(1)))


class Vgg(nn.Module):
    def __init__(self, layers, width, dim, hidden=32):
        super().__init__()
        stack, inputs = [], 1
        for stage, count in enumerate({11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3]}[layers]):
            for _ in range(count):
                outputs = width << min(stage, 3)
                stack += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
                inputs = outputs
            stack.append(nn.MaxPool2d(2))
        self.features, self.avgpool = nn.Sequential(*stack), nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(nn.Linear(inputs * 49, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, hidden),
                                        nn.ReLU(), nn.Dropout(), nn.Linear(hidden, dim))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class AlexNet(nn.Module):
    def __init__(self, _, w, dim, hidden=32):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, w, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(w, 3 * w, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(3 * w, 6 * w, 3, padding=1), nn.ReLU(),
            nn.Conv2d(6 * w, 4 * w, 3, padding=1), nn.ReLU(),
            nn.Conv2d(4 * w, 4 * w, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(nn.Dropout(), nn.Linear(4 * w * 36, hidden), nn.ReLU(), nn.Dropout(),
                                        nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, dim))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        layers = [] if expansion == 1 else [nn.Sequential(*conv_bn(inputs, wide, 1), nn.ReLU6())]
        layers += [nn.Sequential(*conv_bn(wide, wide, 3, stride, wide), nn.ReLU6()), *conv_bn(wide, outputs, 1)]
        self.conv, self.adds = nn.Sequential(*layers), stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(nn.Module):
    """Of width 1."""

    def __init__(self, _, __, dim):
        super().__init__()
        stack, inputs = [nn.Sequential(*conv_bn(1, 32, 3, 2), nn.ReLU6())], 32
        for expansion, outputs, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                                  (6, 160, 3, 2), (6, 320, 1, 1)):
            for i in range(count):
                stack.append(Inverted(inputs, outputs, stride if i == 0 else 1, expansion))
                inputs = outputs
        stack.append(nn.Sequential(*conv_bn(inputs, 1280, 1), nn.ReLU6()))
        self.features = nn.Sequential(*stack)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, dim))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


NETWORKS = {"resnet18": ResNet, "resnet34": ResNet, "ir_resnet": IrResNet, "vgg": Vgg, "alexnet": AlexNet,
            "mobilenet_v2": MobileNetV2}


def difference(path):
    tensors, metadata = read_safetensors(path)
    expected = tensors["output"]
    network = NETWORKS[metadata["network"]](int(metadata["layers"]), int(metadata["width"]), expected.shape[1])
    prefix = "encoder."
    network.load_state_dict({k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)}, strict=True)
    network.eval()
    with torch.no_grad():
        output = nn.functional.normalize(network(tensors["input"]))
    return metadata["network"], (output - expected).abs().max().item()


def main():
    failed = False
    for path in sys.argv[1:]:
        network, largest = difference(path)
        print(f"{network}: differs by {largest:.2e}")
        failed |= not largest < 1e-5
    return 1 if failed else 0


sys.exit(main())
