"""The lines and steps that close the ways round the filter, one kind of router per module.

Each takes a `Plan` and returns text. Nothing here touches a firewall.
"""
