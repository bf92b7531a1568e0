"""When things happen: clocks, timers, gates, turns; here, and not above, an event loop is known."""
