"""GUIDE: a person's running judgement as dense reward, and a model of it for when they leave."""
