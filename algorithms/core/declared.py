"""What a task declares for learners that do not find features by themselves."""

from __future__ import annotations

from typing import Any

from teaching import UserError
from teaching.words import Words


def declared(env: Any, name: str) -> Words:
    """The words of the task below `env`.

    Args:
        env: what the learner acts in.
        name: of the algorithm, for the message.

    Raises:
        UserError: it declares none.

    """
    task = getattr(getattr(env, "env", env), "unwrapped", env)
    words = getattr(task, "words", None)
    if not isinstance(words, Words):
        raise UserError(
            f"algorithm={name} needs a task that declares what words speak about; "
            "env=collection does"
        )
    return words
