"""From words to what they say about a task's features: clause, category, sentiment, reference."""
