"""What a merchant's own test suite uses."""
