"""Window of a sweep: its settings, its trials as they come, and what they tell."""
