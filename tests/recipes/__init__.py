"""Tests of the recipes in docs/, each followed word by word."""
