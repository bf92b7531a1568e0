"""What Python and Node load first below `paydouble run`; copied for each run, never imported here."""
