"""The lab: command line, configs, run folders, training, evaluation, sweeps, reports."""
