"""X.509 certificates of a site's servers: what is wrong with one, who signs it, when it is renewed.

`reading` decodes and judges, `authority` makes and signs, `renewal` decides what the next deploy
issues: all three are pure. `store` keeps a site's authority in a directory of the deploying
machine. RFC 5280 says what a certificate holds; the Kea ARM ("TLS/HTTPS Support") says what Kea
checks: the chain and the dates, not the name.
"""
