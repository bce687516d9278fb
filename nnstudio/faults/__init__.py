"""Faults of the program itself: guard, log, and the user's folders."""
