"""Where queries come in: one file per transport, and what a client may take.

May import `resolver` and what stands above it. Never imported by anything but `worker` and, for the
addresses of this host, by `supervisor`.
"""
