"""Lists from the web: asked with care, kept whole or not at all; the last good copy stays.

May import: `filterdns.blocklists`, `filterdns.errors`, `filterdns.durable`. Nothing of it runs in a
process that answers.
"""
