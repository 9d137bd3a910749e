"""Values and gradients of losses by PyTorch's autograd, from loops over anchors, pairs and sets as the papers write
them; nothing of the project runs here. usage: torch_losses.py CASES.json ANSWERS.json. Exits 77 where PyTorch is not
installed."""
import json
import sys
import warnings

warnings.filterwarnings("ignore")
try:
    import torch
except ImportError:
    sys.exit(77)


def similarities(case, z):
    """[i] -> (similarities to its positives, to its negatives), lists of scalars."""
    dots = z @ z.T
    count = len(z)
    return [([dots[i, j] for j in range(count) if case["positive"][i][j]],
             [dots[i, j] for j in range(count) if case["negative"][i][j]]) for i in range(count)]


def mean(values):
    return torch.stack(values).mean()


def max_hinge_triplet(case, z, parameters):
    costs = []
    for positives, negatives in similarities(case, z):
        if positives and negatives:
            near, far = ((min(positives), max(negatives)) if case["hinge_of"] == "hardest"
                         else (mean(positives), mean(negatives)))
            costs.append(torch.clamp(case["margin"] - near + far, min=0))
    return mean(costs)


def confidence(case, z, parameters):
    scale = parameters["log_scale"].exp()
    costs = []
    for positives, negatives in similarities(case, z):
        for positive in positives:
            logits = torch.stack([positive, *negatives]) * scale
            costs.append(torch.nn.functional.cross_entropy(logits[None], torch.tensor([0])))
    return mean(costs)


def supcon(case, z, parameters):
    costs = []
    for positives, negatives in similarities(case, z):
        if positives:
            everything = sum(torch.exp(s / case["temperature"]) for s in positives + negatives)
            shares = torch.stack([torch.exp(s / case["temperature"]) / everything for s in positives])
            costs.append(-shares.log().mean() if case["form"] == "out" else -shares.mean().log())
    return mean(costs)


def multi_similarity(case, z, parameters):
    alpha, beta, base = case["alpha"], case["beta"], case["base"]
    total = 0
    for positives, negatives in similarities(case, z):
        total = total + torch.log(1 + sum(torch.exp(-alpha * (s - base)) for s in positives) + 0 * z.sum()) / alpha
        total = total + torch.log(1 + sum(torch.exp(beta * (s - base)) for s in negatives) + 0 * z.sum()) / beta
    return total / len(z)


def set_distance(kind, a, b, best_pairs):
    """Of two sets of rows."""
    pairs = {(i, j): ((x - y) ** 2).sum() for i, x in enumerate(a) for j, y in enumerate(b)}
    if kind == "mean":
        return mean(list(pairs.values()))
    if kind == "min":
        return min(pairs.values())
    if kind == "mean_min":
        return mean([min(pairs[i, j] for j in range(len(b))) for i in range(len(a))])
    taken, rows, columns = [], set(), set()
    for i, j in sorted(pairs, key=lambda pair: pairs[pair].item()):
        if i not in rows and j not in columns and len(taken) < best_pairs:
            taken.append(pairs[i, j])
            rows.add(i)
            columns.add(j)
    return mean(taken)


def clews(case, z, parameters):
    sets = {}
    for row, key in enumerate(zip(case["recordings"], case["songs"])):
        sets.setdefault(key, []).append(z[row])
    near, far = [], []
    for a in sets:
        for b in sets:
            if a[0] == b[0]:
                continue
            side, kind = (near, "positive_distance") if a[1] == b[1] else (far, "negative_distance")
            side.append(set_distance(case[kind], sets[a], sets[b], case["best_pairs"]))
    pull = mean([torch.exp(-case["gamma"] * distance) for distance in far])
    # log(ε + mean), without the constant log ε.
    return mean(near) + torch.log(case["epsilon"] + pull) - torch.log(torch.tensor(case["epsilon"], dtype=z.dtype))


LOSSES = {f.__name__: f for f in (max_hinge_triplet, confidence, supcon, multi_similarity, clews)}


def answer(case):
    rows = torch.tensor(case["rows"], dtype=torch.float64, requires_grad=True)
    parameters = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
                  for name, value in case["parameters"].items()}
    value = LOSSES[case["type"]](case, rows / rows.norm(dim=1, keepdim=True), parameters)
    value.backward()
    return {"value": value.item(), "gradient": rows.grad.tolist(),
            "parameters": {name: parameter.grad.item() for name, parameter in parameters.items()}}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump([answer(case) for case in cases], file)


main()
