"""Weights of one block, as pictures and matrices."""
