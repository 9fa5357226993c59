"""The tasks: Gymnasium environments, their experts and their registry."""
