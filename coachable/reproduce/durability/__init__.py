"""Labels from pages, and runs that are killed at any moment: nothing acknowledged is lost."""

from coachable.reproduce.durability.run import run
from coachable.reproduce.spec import Direct

SPEC = Direct(
    title="What is on the disk after 200 kills during bursts of labels", run=run, seeds=(0,)
)
