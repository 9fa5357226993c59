import pytest

from benchmarks.humans import costs


@pytest.mark.parametrize(
    ("task", "bounds"),
    [
        # Measured: 1.4, 1.1 and 5.9 times a step of the grid; a step of driving costs more.
        ("finite", {"intervening": 4.0, "evaluating": 4.0, "comparing": 20.0}),
        ("driving", {"intervening": 2.0, "evaluating": 2.0, "comparing": 10.0}),
    ],
)
def test_a_human_with_three_errors_costs_little_beside_its_environment(task, bounds):
    cost = costs(task, repeats=3)
    over = {name: cost[name] / cost["bare"] for name in bounds}
    assert {name for name, ratio in over.items() if ratio > bounds[name]} == set(), over
