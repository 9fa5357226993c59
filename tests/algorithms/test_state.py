import random

import numpy as np
import torch as th

from algorithms.core.state import (
    generator_states,
    module_state,
    optimizer_state,
    set_generator_states,
    to_plain,
)
from coachable import checkpoint


def leaves(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def trained(seed):
    th.manual_seed(seed)
    net = th.nn.Sequential(th.nn.Linear(3, 4), th.nn.ReLU(), th.nn.Linear(4, 1))
    optimizer = th.optim.Adam(net.parameters(), lr=0.01, betas=(0.8, 0.99))
    descend(net, optimizer, 3)
    return net, optimizer


def descend(net, optimizer, steps):
    x = th.arange(6.0).reshape(2, 3)
    for _ in range(steps):
        optimizer.zero_grad()
        net(x).square().mean().backward()
        optimizer.step()


def test_a_plain_state_is_made_of_arrays_numbers_and_strings():
    net, optimizer = trained(0)
    state = {"net": to_plain(net.state_dict()), "adam": to_plain(optimizer.state_dict())}
    kinds = {type(leaf) for leaf in leaves(state)}
    assert kinds <= {np.ndarray, int, float, bool, str, type(None)}


def test_a_plain_state_is_a_copy():
    net, _ = trained(0)
    plain = to_plain(net.state_dict())
    kept = plain["0.weight"].copy()
    with th.no_grad():
        net[0].weight.add_(1.0)
    np.testing.assert_array_equal(plain["0.weight"], kept)


def test_a_network_and_its_adam_go_on_bit_for_bit_after_a_checkpoint(tmp_path):
    net, optimizer = trained(0)
    state = {"net": to_plain(net.state_dict()), "adam": to_plain(optimizer.state_dict())}
    checkpoint.save(tmp_path / "a.ckpt", state)
    other, other_optimizer = trained(1)
    loaded = checkpoint.load(tmp_path / "a.ckpt")
    other.load_state_dict(module_state(loaded["net"]))
    other_optimizer.load_state_dict(optimizer_state(loaded["adam"]))
    assert other_optimizer.param_groups[0]["betas"] == (0.8, 0.99)
    for some in ((net, optimizer), (other, other_optimizer)):
        descend(*some, 5)
    for a, b in zip(net.parameters(), other.parameters(), strict=True):
        assert th.equal(a, b)


def test_more_than_ten_parameter_groups_keep_their_order():
    """Their numbers become strings, and "10" sorts before "2"."""
    parameters = [th.nn.Parameter(th.zeros(1)) for _ in range(12)]
    groups = [{"params": [p], "lr": float(i)} for i, p in enumerate(parameters)]
    optimizer = th.optim.SGD(groups, lr=1.0)
    back = optimizer_state(to_plain(optimizer.state_dict()))
    assert [group["lr"] for group in back["param_groups"]] == [float(i) for i in range(12)]


def test_all_three_global_generators_are_restored(tmp_path):
    def draw():
        return random.random(), np.random.rand(), th.rand(()).item(), th.randn(3).tolist()  # noqa: NPY002

    before = generator_states()
    try:
        random.gauss(0, 1)  # Python keeps the second normal number for the next call
        checkpoint.save(tmp_path / "g.ckpt", generator_states())
        first = (random.gauss(0, 1), *draw())
        assert draw() != first[1:]
        set_generator_states(checkpoint.load(tmp_path / "g.ckpt"))
        assert (random.gauss(0, 1), *draw()) == first
    finally:
        set_generator_states(before)
