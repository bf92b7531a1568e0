"""Load against a running PayDouble, with Locust underneath; sees the simulator from outside only."""
