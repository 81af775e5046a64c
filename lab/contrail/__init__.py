"""A simulator of the API server of Contrail / Tungsten Fabric: real HTTP, no network behind it.

Written from what the real server (tf-controller 6a674397, 2024-03) was seen to answer. It knows the types that
orphancleanup removes, what refers to what, and what keeps what from being deleted.
"""
