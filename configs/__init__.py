"""Config groups: one YAML file a task, a human, an algorithm, an experiment."""
