"""Keyboard and screen reader: keys, navigation, ports, announcements."""
