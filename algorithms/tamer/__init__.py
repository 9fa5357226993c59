"""TAMER: a model of the human's praise and blame, and the actions that it likes best."""
