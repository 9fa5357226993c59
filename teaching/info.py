"""The one set of ``info`` keys under which the wrappers report what a human did.

In the vector form each value is an array with the worlds first, as Gymnasium's vector API has it.
"""

PROPOSED_ACTION = "proposed_action"
"""[A...] what the learner wanted to do."""

EXECUTED_ACTION = "executed_action"
"""[A...] what was done: the human's action during a takeover, otherwise the proposed one."""

TAKEOVER = "takeover"
"""bool, True on every step that the human controls, the first one included."""

TAKEOVER_START = "takeover_start"
"""bool, True on the first step of each takeover."""

FEEDBACK = "feedback"
"""float, praise or blame given on this step. Left out where the human gave none: a NaN would not
equal itself in Gymnasium's conformance check. In the vector form such worlds hold NaN and are
False in ``_feedback``."""

TRANSIT = "transit"
"""float, seconds that wires and screens took between what is on view and the word about it
(`teaching.feedback.Evaluation`); left out where that is not measured. In the vector form NaN."""

UTTERANCE = "utterance"
"""str, words said on this step; empty where the human said nothing. Only for humans that speak."""

HUMAN_SECONDS = "human_seconds"
"""float, human time spent on this step."""

ANSWERS = "answers"
"""int, comparisons, rankings and corrections that were answered since the last step; all of them in
the first world, as what they cost is in its `HUMAN_SECONDS`."""

DISTURBED_ACTION = "disturbed_action"
"""[A...] what reached the task where execution is disturbed (`teaching.disturbed`); the executed
action is then what was decided."""

REVISITED = "revisited"
"""bool, in the ``info`` of a reset: the episode starts at a remembered state
(`teaching.revisiting`)."""
