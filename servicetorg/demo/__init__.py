"""The demo: two real service centres, so that the site can be tried in a minute.

`data/espoo.json` holds what public pages say, with the source of each value and the list of
those that were not found and are assumed. `data/additions.json` holds what was written for
the demo. The modules turn the two into rows; `load.py` runs them in order.
"""
