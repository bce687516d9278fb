"""Source that exporters copy into scripts: real modules here, checked and tested like all others."""
