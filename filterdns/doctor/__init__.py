"""The ways round the filter, tried from a client's machine: which are open, and what closes them.

Knows how to ask over UDP, TCP, TLS, HTTPS and whether anything speaks QUIC, each as shortly as the
question "does it get through?" allows. No part of the running filter loads any of it.
"""
