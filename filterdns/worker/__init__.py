"""The data-plane process: it answers DNS, and never opens SQLite, YAML, templates or list texts.

May import `listeners` and what stands above it. Its two links are plain data: sockets and orders
from the supervisor, images from the control process; records and counts go up.
"""
