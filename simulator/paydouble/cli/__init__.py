"""The command line: thin over server and client, each command imported when it is called."""
