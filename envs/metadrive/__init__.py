"""MetaDrive in the setting that PVP was published in (Peng et al., NeurIPS 2023)."""
