"""The control process: what it reads first, what it is made of, and how it ends."""
