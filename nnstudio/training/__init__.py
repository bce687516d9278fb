"""Training in the studio: worker, session, runs, and messages between them."""
