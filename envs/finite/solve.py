"""Exact values of a finite MDP: dynamic programming with linear solves, no sampling.

Policies are probabilities [S, A]. Where an argument is a policy of a finite horizon it may also be
[H, S, A], one a step. Values of terminal states are 0.

With ``discount=1`` values are those of the undiscounted return until the end (Bertsekas, stochastic
shortest paths): a policy must reach a terminal state from everywhere, and the optimum is taken over
such policies.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from envs.finite.mdp import FiniteMDP
from teaching import UserError


def optimal_q(mdp: FiniteMDP) -> np.ndarray:
    """Q* [S, A], by policy iteration.

    Raises:
        UserError: with ``discount=1``, an end out of reach or a return without bound.

    """
    actions = _ending_actions(mdp)
    states = np.arange(mdp.num_states)
    while True:
        v = _solve(mdp, mdp.transition[states, actions], mdp.reward[states, actions])
        q = _backup(mdp, v)
        # Only a gain beyond rounding changes an action: equal ones would take turns for ever.
        gain = q.max(axis=1) - q[states, actions]
        better = gain > 1e-12 * max(1.0, np.abs(q).max())
        if not better.any():
            return q
        actions = np.where(better, q.argmax(axis=1), actions)


def optimal_v(mdp: FiniteMDP) -> np.ndarray:
    """V* [S]."""
    return optimal_q(mdp).max(axis=1)


def optimal_actions(q: np.ndarray, tolerance: float = 1e-9) -> np.ndarray:
    """[..., S, A] bool, the actions whose value is within `tolerance` of the best."""
    return q >= q.max(axis=-1, keepdims=True) - tolerance


def greedy(q: np.ndarray) -> np.ndarray:
    """Return the policy [..., S, A] of 0 and 1 that takes the first of the best actions."""
    return np.eye(q.shape[-1])[q.argmax(axis=-1)]


def uniform(mdp: FiniteMDP) -> np.ndarray:
    """Return the policy [S, A] that takes every action as often."""
    return np.full((mdp.num_states, mdp.num_actions), 1.0 / mdp.num_actions)


def policy_v(mdp: FiniteMDP, policy: np.ndarray) -> np.ndarray:
    """V^π [S] of a policy [S, A].

    Raises:
        UserError: no policy of this MDP, or one that does not end with ``discount=1``.

    """
    policy = check_policy(mdp, policy)
    return _solve(mdp, _chain(mdp, policy), (policy * mdp.reward).sum(axis=1))


def policy_q(mdp: FiniteMDP, policy: np.ndarray) -> np.ndarray:
    """Q^π [S, A] of a policy [S, A]; errors as in `policy_v`."""
    return _backup(mdp, policy_v(mdp, policy))


def advantage(q: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """A^π = Q − E_π Q, [..., S, A]; `q` may be Q* as well as Q^π."""
    return q - (policy * q).sum(axis=-1, keepdims=True)


def expected_return(mdp: FiniteMDP, policy: np.ndarray) -> float:
    """Discounted return of a policy [S, A] from the initial distribution."""
    return float(mdp.initial @ policy_v(mdp, policy))


def expected_steps(mdp: FiniteMDP, policy: np.ndarray) -> float:
    """Mean length of an episode under a policy [S, A]; the policy must end from everywhere."""
    return float(occupancy(replace(mdp, discount=1.0), policy).sum())


def occupancy(mdp: FiniteMDP, policy: np.ndarray) -> np.ndarray:
    """Discounted visits Σ_t γ^t Pr(s_t, a_t) [S, A], not counting terminal states.

    The sum of ``occupancy * mdp.reward`` is the expected return; without terminal states the
    occupancy sums to 1 / (1 − γ). Errors as in `policy_v`.
    """
    policy = check_policy(mdp, policy)
    live = ~mdp.terminal
    chain = _chain(mdp, policy)[np.ix_(live, live)]
    _check_ending(mdp, _chain(mdp, policy))
    visits = np.zeros(mdp.num_states)
    visits[live] = np.linalg.solve(np.eye(len(chain)) - mdp.discount * chain.T, mdp.initial[live])
    return visits[:, None] * policy


def stationary(mdp: FiniteMDP, policy: np.ndarray) -> np.ndarray:
    """Return the distribution [S] that a policy [S, A] stays in, the long-run share of each state.

    Raises:
        UserError: more than one class of states that, once entered, is never left.

    """
    chain = _chain(mdp, check_policy(mdp, policy))
    states = mdp.num_states
    # dᵀ(P − I) = 0 and Σd = 1; the stack has full column rank just if d is unique.
    stack = np.vstack([chain.T - np.eye(states), np.ones(states)])
    d, _, rank, _ = np.linalg.lstsq(stack, np.append(np.zeros(states), 1.0), rcond=1e-10)
    if rank < states:
        raise UserError("the policy has more than one stationary distribution in this MDP")
    d = np.clip(d, 0.0, None)
    return d / d.sum()


def optimal_q_by_step(mdp: FiniteMDP, horizon: int) -> np.ndarray:
    """Q* [H, S, A] of an episode that is cut off after H steps, by backward induction."""
    q = np.zeros((_checked_horizon(horizon), mdp.num_states, mdp.num_actions))
    v = np.zeros(mdp.num_states)
    for h in reversed(range(horizon)):
        q[h] = _backup(mdp, v)
        v = q[h].max(axis=1)
    return q


def policy_q_by_step(mdp: FiniteMDP, policy: np.ndarray, horizon: int) -> np.ndarray:
    """Q^π [H, S, A] of a policy [S, A] or [H, S, A] in an episode of at most H steps."""
    policies = _by_step(mdp, policy, horizon)
    q = np.zeros_like(policies)
    v = np.zeros(mdp.num_states)
    for h in reversed(range(horizon)):
        q[h] = _backup(mdp, v)
        v = (policies[h] * q[h]).sum(axis=1)
    return q


def occupancy_by_step(mdp: FiniteMDP, policy: np.ndarray, horizon: int) -> np.ndarray:
    """Pr(s_h, a_h) [H, S, A] under a policy [S, A] or [H, S, A]; undiscounted, live states only."""
    policies = _by_step(mdp, policy, horizon)
    visits = np.zeros_like(policies)
    state = np.where(mdp.terminal, 0.0, mdp.initial)
    for h in range(horizon):
        visits[h] = state[:, None] * policies[h]
        state = np.einsum("sa,sat->t", visits[h], mdp.transition)
        state[mdp.terminal] = 0.0
    return visits


def check_policy(mdp: FiniteMDP, policy: np.ndarray) -> np.ndarray:
    """Return a policy [S, A] as float64.

    Raises:
        UserError: another shape, or rows that are no distributions.

    """
    policy = np.asarray(policy, np.float64)
    expected = (mdp.num_states, mdp.num_actions)
    if policy.shape != expected:
        raise UserError(f"a policy of this MDP has the shape {expected}, got {policy.shape}")
    total = policy.sum(axis=1)
    wrong = ~((policy >= 0).all(axis=1) & (np.abs(total - 1.0) < 1e-6))
    if wrong.any():
        state = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"policy[{state}] must be probabilities that sum to 1, got {policy[state].tolist()}"
        )
    return policy


def _chain(mdp: FiniteMDP, policy: np.ndarray) -> np.ndarray:
    """[S, S], the Markov chain that a policy [S, A] makes of the MDP."""
    return np.einsum("sa,sat->st", policy, mdp.transition)


def _backup(mdp: FiniteMDP, v: np.ndarray) -> np.ndarray:
    """R + γ P v [S, A]."""
    return mdp.reward + mdp.discount * mdp.transition @ v


def _solve(mdp: FiniteMDP, chain: np.ndarray, reward: np.ndarray) -> np.ndarray:
    """Return v = r + γ P v [S] over the live states."""
    _check_ending(mdp, chain)
    live = ~mdp.terminal
    v = np.zeros(mdp.num_states)
    system = np.eye(int(live.sum())) - mdp.discount * chain[np.ix_(live, live)]
    v[live] = np.linalg.solve(system, reward[live])
    return v


def _check_ending(mdp: FiniteMDP, chain: np.ndarray) -> None:
    """Without a discount, refuse a chain that need not end."""
    if mdp.discount < 1.0:
        return
    ending = _steps_to_end(chain[:, None], mdp.terminal) >= 0
    if not ending.all():
        state = int(np.flatnonzero(~ending)[0])
        raise UserError(
            f"discount=1: from state {state} the policy never ends, so that its return has no "
            "bound; set discount < 1 or a horizon"
        )


def _ending_actions(mdp: FiniteMDP) -> np.ndarray:
    """[S] int64, where policy iteration starts: with ``discount=1``, at a policy that ends."""
    actions = np.zeros(mdp.num_states, np.int64)
    if mdp.discount < 1.0:
        return actions
    steps = _steps_to_end(mdp.transition, mdp.terminal)
    if (steps < 0).any():
        state = int(np.flatnonzero(steps < 0)[0])
        raise UserError(f"discount=1: no terminal state can be reached from {state}; set it lower")
    for state in np.flatnonzero(steps > 0).tolist():
        closer = (mdp.transition[state] > 0) & (steps < steps[state])
        actions[state] = int(closer.any(axis=1).argmax())
    return actions


def _steps_to_end(transition: np.ndarray, terminal: np.ndarray) -> np.ndarray:
    """[S] fewest steps to a terminal state that are possible at all [S, A, S]; -1: none are."""
    possible = np.asarray((transition > 0).any(axis=1))
    steps = np.where(terminal, 0, -1)
    for distance in range(1, len(terminal) + 1):
        fresh = (steps < 0) & possible[:, steps >= 0].any(axis=1)
        if not fresh.any():
            break
        steps[fresh] = distance
    return steps


def _by_step(mdp: FiniteMDP, policy: np.ndarray, horizon: int) -> np.ndarray:
    """Return a policy as [H, S, A]."""
    policy = np.asarray(policy, np.float64)
    if policy.ndim == 2:
        return np.repeat(check_policy(mdp, policy)[None], _checked_horizon(horizon), axis=0)
    if len(policy) != _checked_horizon(horizon):
        raise UserError(f"the policy has {len(policy)} steps, the horizon {horizon}")
    return np.stack([check_policy(mdp, rows) for rows in policy])


def _checked_horizon(horizon: int) -> int:
    if horizon < 1:
        raise UserError(f"horizon must be at least 1 step, got {horizon}")
    return horizon
