"""A 3PAR array that is not there: its web services API (WSAPI 1.x) over HTTP on loopback, with a state and with faults.

Written from the developer guide's tables and from what ``python-3parclient`` and Cinder's driver say of the answers.
What neither tells is marked as a guess where it is written.
"""
