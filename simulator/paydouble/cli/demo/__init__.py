"""The bundled sample shop, careful and careless, and the story that `paydouble demo` tells with it."""
