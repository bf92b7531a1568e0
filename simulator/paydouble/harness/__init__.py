"""Contract testing of somebody's integration; knows the simulator only through `client`."""
