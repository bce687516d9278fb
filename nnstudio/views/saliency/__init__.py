"""Saliency: inputs that count for a class, and Grad-CAM."""
