"""One format of lists per module: a line of text becomes what it says about names.

Every module has `read(line)`. It gets a line without its end, in lower case, and returns what the
line says, nothing for a comment, or None if the line is not of its format. May import `dns` and the
kinds of `layout`.
"""
