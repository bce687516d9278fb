"""Import page of a table: how it is read, and what each of its columns is for."""
