"""Values and declarations that every layer shares; imports nothing else of ours and does no I/O."""
