"""Commands of the window, one module a menu: name, place, key, what each does and when it cannot be done."""
