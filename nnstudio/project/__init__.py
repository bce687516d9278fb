"""Project files: archive, migrations, saved state, templates."""
