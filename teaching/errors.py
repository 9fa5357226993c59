"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Bad input: one line that says what is wrong, where, and how to mend it.

    The command line prints the message and exits with code 2; library users catch it.
    """
