"""Teachers made of an expert and a model of how people err."""
