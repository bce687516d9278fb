"""Report on a trained network: one page of HTML with its plots, which needs nothing else."""
