"""Augmentation: pictures that are changed at random, anew in every batch, so that a network sees more of them."""
