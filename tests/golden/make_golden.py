"""Makes the golden values beside this script, losses.json and features.json, from definitions written out in NumPy:
loops over pairs and triplets, gradients by complex steps, every CQT bin as one sum over all samples. Nothing of the
project runs here. The files are committed, so that nobody needs to run it: make_golden.py [FOLDER], NumPy only."""
import json
import pathlib
import sys

import numpy as np

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)


def write(name, how, cases):
    """One value a line, so that a change shows in a diff."""
    lines = [f'  "{key}": {json.dumps(value)}' for key, value in {"how": how, **cases}.items()]
    (FOLDER / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


# Losses. z may be complex by a tiny step, so dot products are not conjugated and comparisons look at the real part.

def log_sum(values):
    top = max(v.real for v in values)
    return top + np.log(sum(np.exp(v - top) for v in values))


def pairs_of(groups):
    n = len(groups)
    return ([[j for j in range(n) if j != i and groups[j] == groups[i]] for i in range(n)],
            [[j for j in range(n) if groups[j] != groups[i]] for i in range(n)])


def nt_xent(z, positives, negatives, tau, standard):
    terms = []
    for i in range(len(z)):
        for j in positives[i]:
            others = [z[i] @ z[k] / tau for k in negatives[i]]
            own = z[i] @ z[j] / tau
            terms.append(log_sum(others + [own] if standard else others) - own)
    return sum(terms) / len(terms)


def triplet(z, positives, negatives, margin, active):
    terms = []
    for i in range(len(z)):
        for j in positives[i]:
            for k in negatives[i]:
                hinge = (1 - z[i] @ z[j]) - (1 - z[i] @ z[k]) + margin
                terms.append(hinge if hinge.real > 0 else 0 * hinge)
    return sum(terms) / (sum(t.real > 0 for t in terms) if active else len(terms))


def multi_similarity(z, positives, negatives, epsilon):
    kept_positives, kept_negatives = [], []
    for i in range(len(z)):
        hardest_positive = min((z[i] @ z[j] for j in positives[i]), default=np.inf)
        hardest_negative = max((z[i] @ z[k] for k in negatives[i]), default=-np.inf)
        kept_positives.append([j for j in positives[i] if z[i] @ z[j] - epsilon < hardest_negative])
        kept_negatives.append([k for k in negatives[i] if z[i] @ z[k] + epsilon > hardest_positive])
    return kept_positives, kept_negatives


def focal(logits, labels, gamma):
    terms = []
    for row, label in zip(logits, labels):
        log_p = row[label] - log_sum(list(row))
        terms.append(-(1 - np.exp(log_p)) ** gamma * log_p)
    return sum(terms) / len(terms)


def arcface_logits(z, labels, weight, scale, margin):
    logits = []
    for row, label in zip(z, labels):
        cosines = [row @ w / np.sqrt(w @ w) for w in weight]
        theta = np.arccos(cosines[label].real)
        if theta + margin < np.pi:  # cos(a + b), whose derivative a complex step carries
            target = cosines[label] * np.cos(margin) - np.sqrt(1 - cosines[label] ** 2) * np.sin(margin)
        else:
            target = cosines[label] - margin * np.sin(margin)
        logits.append(scale * np.array([target if k == label else c for k, c in enumerate(cosines)]))
    return logits


def linear(z, weight, bias):
    return np.array([[sum(row * w) + b for w, b in zip(weight, bias)] for row in z])


def domain_logits(z, hidden_weight, hidden_bias, weight, bias):
    hidden = linear(z, hidden_weight, hidden_bias)
    return linear(np.where(hidden.real > 0, hidden, 0 * hidden), weight, bias)


def with_gradient(loss, z, sign=1):
    gradient = np.zeros_like(z)
    for place in np.ndindex(z.shape):
        shifted = z.astype(complex)
        shifted[place] += 1e-30j
        gradient[place] = sign * loss(shifted).imag / 1e-30
    return {"value": float(loss(z.astype(complex)).real), "gradient": gradient.tolist()}


def losses():
    rng = np.random.default_rng(8)
    groups, domains = [0, 1, 2, 0, 1, 2, 0], [0, 0, 1, 1, 1, 0, 0]
    centres = rng.standard_normal((3, 5))
    z = centres[groups] + 0.9 * rng.standard_normal((7, 5))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    weight = rng.standard_normal((3, 5))
    weight[1] = -z[1] + 0.05 * weight[1]  # beyond pi - margin: ArcFace's other branch
    hidden_weight, hidden_bias = rng.standard_normal((4, 5)), rng.standard_normal(4)
    domain_weight, domain_bias = rng.standard_normal((2, 4)), rng.standard_normal(2)
    positives, negatives = pairs_of(groups)
    mined = multi_similarity(z, positives, negatives, 0.1)
    write("losses.json", "NumPy, float64: tests/golden/make_golden.py", {
        "z": z.tolist(), "groups": groups, "domains": domains, "class_weight": weight.tolist(),
        "hidden_weight": hidden_weight.tolist(), "hidden_bias": hidden_bias.tolist(),
        "domain_weight": domain_weight.tolist(), "domain_bias": domain_bias.tolist(),
        "nt_xent_negatives": with_gradient(lambda x: nt_xent(x, positives, negatives, 0.05, False), z),
        "nt_xent_standard": with_gradient(lambda x: nt_xent(x, positives, negatives, 0.2, True), z),
        "triplet_all": with_gradient(lambda x: triplet(x, positives, negatives, 0.3, False), z),
        "triplet_active": with_gradient(lambda x: triplet(x, positives, negatives, 0.3, True), z),
        "arcface": with_gradient(lambda x: focal(arcface_logits(x, groups, weight, 30, 0.5), groups, 0), z),
        "focal": with_gradient(lambda x: focal(linear(x, weight, [0, 0, 0]), groups, 2), z),
        "domain_adversarial": with_gradient(lambda x: focal(
            domain_logits(x, hidden_weight, hidden_bias, domain_weight, domain_bias), domains, 0), z, sign=-0.5),
        "multi_similarity_positive": mined[0], "multi_similarity_negative": mined[1]})


# Features of a signal that a test can make again from its formula.

RATE = 16000


def signal():
    """A glide with overtones and a steady tone that fades; 0.25 s."""
    t = np.arange(RATE // 4) / RATE
    glide = 2 * np.pi * (180 * t + 300 * t ** 2)
    y = 0.3 * np.sin(glide) + 0.15 * np.sin(3 * glide) + 0.2 * np.cos(2 * np.pi * 1234.5 * t) * np.exp(-8 * t)
    return y.astype(np.float32).astype(float)


def frame(y, centre, length, mode):
    padded = np.pad(y, length, mode=mode)
    return padded[centre + length // 2:centre + length // 2 + length]


def cqt_bin(y, centre, frequency):
    """Hann wavelet of Q periods about the frame's centre, of unit L1 norm, times the square root of its length."""
    q = 1 / (2 ** (2 / 12) - 1) * (2 ** (2 / 12) + 1)  # librosa's relative bandwidth at 12 bins an octave
    length = q * RATE / frequency
    n = np.arange(np.floor(-length / 2), np.floor(length / 2))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(len(n)) / len(n))
    inside = (centre + n >= 0) & (centre + n < len(y))
    samples = np.where(inside, y[np.clip(centre + n, 0, len(y) - 1).astype(int)], 0)
    total = np.sum(samples * window * np.exp(-2j * np.pi * frequency * n / RATE)) / np.sum(window)
    return abs(total) * np.sqrt(length)


def spectrum(y, centre, n_fft):
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    return np.abs(np.fft.rfft(frame(y, centre, n_fft, "reflect") * window))


def mel_weights(bands, n_fft):
    """Slaney's triangles of area 1 Hz with corners equally spaced on his scale, 0 to 8 kHz."""
    def to_mel(hz):
        return hz * 3 / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)

    def to_hz(mel):
        return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)

    corners = [to_hz(m) for m in np.linspace(0, to_mel(8000), bands + 2)]
    bins = np.arange(n_fft // 2 + 1) * RATE / n_fft
    return np.array([np.interp(bins, [a, b, c], [0, 1, 0]) * 2 / (c - a)
                     for a, b, c in zip(corners, corners[1:], corners[2:])])


def features():
    y = signal()

    def rounded(values):
        return [float(f"{v:.7g}") for v in values]

    write("features.json", "NumPy, float64: tests/golden/make_golden.py", {
        "cqt_frames": [0, 3, 5],
        "cqt": [rounded([cqt_bin(y, 512 * t, 440 * 2 ** ((24 + b - 69) / 12)) for b in range(84)]) for t in (0, 3, 5)],
        "mel_frames": [0, 7], "mel": [rounded(mel_weights(80, 1024) @ spectrum(y, 256 * t, 1024)) for t in (0, 7)],
        "stft_frame": 9, "stft": rounded(spectrum(y, 256 * 9, 1024)[:120]),
        "rms": rounded([np.sqrt(np.mean(frame(y, 512 * t, 2048, "constant") ** 2)) for t in range(1 + len(y) // 512)])})


losses()
features()
