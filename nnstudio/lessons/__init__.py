"""Lessons: guided tours and exercises, read from text files; without a window."""
