"""The scenario language: loads files, tells their mistakes, and draws from their rules what happens."""
