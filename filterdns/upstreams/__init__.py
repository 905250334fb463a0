"""Where allowed questions go: one kind of upstream per file, and the group that chooses among them.

May import `errors` and `dns`. Sockets are non-blocking and read by plain functions under
`loop.add_reader`: no transports, no tasks. Whatever comes from the network is bounded and
mistrusted, and nothing raises out of a reader.
"""
