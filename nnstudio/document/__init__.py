"""Documents: model, edits and analysis. Pure functions; knows neither Qt nor training."""
