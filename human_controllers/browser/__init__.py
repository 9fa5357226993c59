"""One person or several in front of a browser: they steer, judge, speak, and answer questions."""
