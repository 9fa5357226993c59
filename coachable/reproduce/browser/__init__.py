"""PVP taught through the browser's seat, beside the same human in process; and how fast that is."""

from coachable.reproduce.browser.run import run
from coachable.reproduce.spec import Direct

SPEC = Direct(title="PVP on Driving, taught through the page's socket", run=run)
