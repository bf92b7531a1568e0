"""What happens: the life of a call, of an act, of a notification. Knows Provider, never a provider."""
